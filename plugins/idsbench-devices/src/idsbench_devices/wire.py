"""A program's pipes, read and written with limits: what comes back is from a stranger."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Sequence

CHUNK = 1 << 16
KEPT_ERRORS = 4096


class WireError(Exception):
    """The other side ended, says nothing, or says too much."""


class Wire:
    """A running program: bytes in, bytes out, the end of what it says on standard error.

    Args:
        command: started without a shell.
        patience_s: how long the other side may neither take nor give a byte.
    """

    def __init__(self, command: Sequence[str], patience_s: float) -> None:
        self._patience_s = patience_s
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        streams = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = (stream.fileno() for stream in streams if stream)
        for number in (self._in, self._out, self._err):
            os.set_blocking(number, False)
        self._said, self._errors = bytearray(), bytearray()
        self._ended = False

    def send(self, data: bytes) -> None:
        """Write all of it, unless the other side answers before: then it wants no more.

        Raises:
            WireError: it takes nothing for too long.
        """
        rest = memoryview(data)
        while rest and not self._said and not self._ended:
            if self._wait(writing=True):
                try:
                    rest = rest[os.write(self._in, rest[:CHUNK]) :]
                except BrokenPipeError:
                    return  # the reader is told what was said before

    def line(self, most: int) -> bytes:
        """Read up to a line's end, which is not given.

        Raises:
            WireError: the other side ended, is silent for too long, or the line is longer.
        """
        while b"\n" not in self._said[:most]:
            if len(self._said) >= most:
                raise WireError(f"its answer has no line end in {most} bytes")
            self._read()
        line, _, rest = self._said.partition(b"\n")
        self._said = rest
        return bytes(line)

    def exactly(self, count: int) -> bytes:
        """Read so many bytes.

        Raises:
            WireError: the other side ended, or is silent for too long.
        """
        while len(self._said) < count:
            self._read()
        found, self._said = bytes(self._said[:count]), self._said[count:]
        return found

    def end(self, grace_s: float = 3.0) -> int | None:
        """Close its input and give it some time; its exit code, or None where it had to be ended."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        deadline = time.monotonic() + grace_s
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(WireError):
                self._drain(0.05)
        code = self._process.poll()
        for stop in (self._process.terminate, self._process.kill):
            if self._process.poll() is None:
                stop()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(1.0)
        with contextlib.suppress(WireError):
            self._drain(0.0)
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        self._process.wait()
        return code

    @property
    def errors(self) -> str:
        """The end of what it said on standard error."""
        return self._errors.decode("utf-8", "replace")

    def _read(self) -> None:
        before = len(self._said)
        self._wait(writing=False)
        if self._ended and len(self._said) == before:
            raise WireError("it ended without an answer")

    def _wait(self, writing: bool) -> bool:
        """Take what there is to read; tell whether writing is possible."""
        deadline = time.monotonic() + self._patience_s
        while time.monotonic() < deadline:
            ready = self._drain(min(1.0, self._patience_s), writing)
            if ready is not None:
                return ready
        raise WireError(f"it did nothing for {self._patience_s:g} s")

    def _drain(self, seconds: float, writing: bool = False) -> bool | None:
        """Wait for one event; None where only standard error spoke, or nothing did."""
        if self._process.stdout is None or self._process.stdout.closed:
            return None
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            selector.register(self._err, selectors.EVENT_READ)
            if writing:
                selector.register(self._in, selectors.EVENT_WRITE)
            ready = {key.fd for key, _ in selector.select(seconds)}
        if self._err in ready:
            self._errors += _some(self._err)
            del self._errors[:-KEPT_ERRORS]
        if self._out in ready:
            some = _some(self._out)
            self._said += some
            self._ended = not some
            return False if not writing else self._in in ready
        return True if self._in in ready and writing else None


def _some(number: int) -> bytes:
    try:
        return os.read(number, CHUNK)
    except BlockingIOError:
        return b""
