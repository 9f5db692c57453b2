"""A run on a terminal of its own: keys are sent to it, and the terminal is looked at afterwards."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runs import Place, Started, command, environment, heed_interrupts, members

CTRL_C = b"\x03"
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"


@dataclass(frozen=True)
class Left:
    """How a run on a terminal ended.

    Args:
        code: its exit code.
        seconds: from the first Ctrl-C to its end.
        echo: whether the terminal shows what is typed.
        cursor: whether the cursor is shown.
        text: all that was printed.
    """

    code: int
    seconds: float
    echo: bool
    cursor: bool
    text: bytes
    token: str


def interrupted(place: Place, arguments: tuple[str, ...], presses: tuple[float, ...]) -> Left:
    """Run until a job is under way, press Ctrl-C, and again after each number of seconds.

    Args:
        place: where.
        arguments: of the run.
        presses: seconds from one press to the next; the first counts from the job's start.
    """
    ours, theirs = pty.openpty()
    token = uuid.uuid4().hex
    process = subprocess.Popen(
        command(place, *arguments),
        env={**environment(place, token), "TERM": "xterm", "COLUMNS": "120"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: _take(theirs),
        start_new_session=True,
    )
    run, text = Started(process, token, Path(os.devnull)), bytearray()
    try:
        _read_until(ours, text, 60.0, lambda: "job" in members(run.token).values())
        _read_until(ours, text, presses[0], lambda: False)
        pressed = time.monotonic()
        for wait in (*presses[1:], 30.0):
            os.write(ours, CTRL_C)
            _read_until(ours, text, wait, lambda: process.poll() is not None)
        seconds = time.monotonic() - pressed
        if process.poll() is None:
            process.kill()
        code = process.wait()
        _read_until(ours, text, 0.2, lambda: False)
        echo = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
        cursor = text.rfind(SHOW) >= text.rfind(HIDE)
        return Left(code, seconds, echo, cursor, bytes(text), token)
    finally:
        os.close(ours)
        os.close(theirs)


def _take(terminal: int) -> None:
    """Make a terminal the controlling one, so that Ctrl-C reaches the run as from a keyboard."""
    heed_interrupts()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def _read_until(ours: int, text: bytearray, most_s: float, done: Callable[[], bool]) -> None:
    end = time.monotonic() + most_s
    while time.monotonic() < end and not done():
        ready, _, _ = select.select([ours], [], [], 0.02)
        if ready:
            with contextlib.suppress(OSError):
                text += os.read(ours, 1 << 16)
