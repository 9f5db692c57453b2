"""A power meter of the user's: a file or a command that gives the joules counted so far."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path

from idsbench.meters import MeterError

ANSWER_S = 2.0
MOST_BYTES = 4096
_NUMBER = re.compile(r"(-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?)\s*J?", re.ASCII)


class Outside:
    """Reads a growing count of joules, as one number, from a file or from what a command prints.

    Its resolution is taken from the digits that it writes: 12.5 tells 0.1 J apart.
    """

    method, whole, shortest_s = "meter", True, 0.05

    def __init__(self, which: str) -> None:
        """Take a file's name or a command line, no shell reads it; a program's name is a command."""
        path = Path(which)
        readable = path.is_file() and not os.access(path, os.X_OK)
        self._file = path if readable else None
        self._words = [which] if path.is_file() else shlex.split(which)
        # Records hold no folders of the machine.
        name = self._file.name if self._file else Path(self._words[0]).name
        self.detail = f"{'file' if self._file else 'command'} {name}"
        self.resolution_j, self._from = 0.0, 0.0

    def start(self) -> None:
        """Read the count."""
        self._from = self._read()

    def stop(self) -> float:
        """Give the joules since `start`."""
        now = self._read()
        if now < self._from:
            raise MeterError(
                f"the {self.detail} went backwards, from {_told(self._from)} to {_told(now)} J"
            )
        return now - self._from

    def _read(self) -> float:
        data = self._file_content() if self._file else self._printed()
        text = data.decode("utf-8", "replace").strip()
        if len(data) > MOST_BYTES:
            raise MeterError(f"the {self.detail} gave more than {MOST_BYTES} bytes, not a number")
        match = _NUMBER.fullmatch(text)
        if match is None:
            raise MeterError(f"the {self.detail} gave {text[:40]!r}, not a number of joules")
        joules = float(match[1])
        if not 0 <= joules < float("inf"):
            raise MeterError(f"the {self.detail} gave {joules:g} J, not an energy of at least 0")
        self.resolution_j = 10.0 ** (int(match[3] or 0) - len(match[2] or ""))
        return joules

    def _file_content(self) -> bytes:
        assert self._file is not None
        try:
            # Without waiting: the name may meanwhile be a pipe that nobody writes to.
            opened = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise MeterError(f"the {self.detail} cannot be read ({error.strerror})") from error
        try:
            return os.read(opened, MOST_BYTES + 1)
        except OSError as error:
            raise MeterError(f"the {self.detail} cannot be read ({error.strerror})") from error
        finally:
            os.close(opened)

    def _printed(self) -> bytes:
        try:
            process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise MeterError(f"the {self.detail} cannot be run ({error.strerror})") from error
        try:
            return self._answer(process)
        finally:
            _end(process)

    def _answer(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        data, deadline = b"", time.monotonic() + ANSWER_S
        while len(data) <= MOST_BYTES:
            ready, _, _ = select.select([process.stdout], [], [], _left(deadline))
            if not ready:
                raise MeterError(f"the {self.detail} did not answer within {ANSWER_S:g} s")
            piece = os.read(process.stdout.fileno(), MOST_BYTES)
            if not piece:
                break
            data += piece
        else:
            return data
        try:
            code = process.wait(_left(deadline))
        except subprocess.TimeoutExpired:
            raise MeterError(f"the {self.detail} did not end within {ANSWER_S:g} s") from None
        if code:
            raise MeterError(f"the {self.detail} ended with exit code {code}")
        return data


def _told(joules: float) -> str:
    """Write a count so that another one is written otherwise."""
    return repr(joules).removesuffix(".0")


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None
    process.stdout.close()
    process.wait()
