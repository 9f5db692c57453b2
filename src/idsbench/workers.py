"""The runner's side of isolation: one fork server per set of preloaded modules, jobs by message.

A job is a JSON file in a folder of its own; the child writes `result.json` there. What a job's
process does to itself (segfault, exit, kill) reaches the runner as an `Ended` value.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from idsbench.forkserver import session_members
from idsbench.loading import Watch

# What a job over its limit is sent, and after how many seconds.
LADDER = ((0.0, signal.SIGINT), (0.2, signal.SIGTERM), (0.5, signal.SIGKILL))
UNHEARD_S = 5.0  # after which a server that has not ended the job does not listen
IMPORT_S = 300.0  # after which a server that still imports its modules is taken to hang
LEAVE_S = 1.0  # how long servers get to end by themselves


@dataclass(frozen=True)
class Ended:
    """How a job's process ended: `signal` that killed it (0 if none), exit code, server's state."""

    job: str
    signal: int = 0
    code: int = 0
    server_lost: bool = False


@dataclass
class _Server:
    preload: tuple[str, ...]
    process: subprocess.Popen[bytes]
    channel: socket.socket
    buffer: bytes = b""
    ready: bool = False
    started: float = field(default_factory=time.monotonic)
    running: dict[str, int | None] = field(default_factory=dict)


class Workers:
    """The fork servers of one run. Use as a context manager; leaving it ends every process."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = environment or {}
        self._servers: dict[tuple[str, ...], _Server] = {}
        self._selector = selectors.DefaultSelector()
        self._watched: dict[str, Watch] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self, preload: Sequence[str]) -> None:
        """Start the server for these modules, if there is none; it imports in the background."""
        self._server(tuple(preload))

    def start(
        self, job: str, folder: Path, payload: dict[str, Any], preload: Sequence[str]
    ) -> None:
        """Write the job file and have a server run it; returns at once."""
        server = self._server(tuple(preload))
        path = folder / "job.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        server.running[job] = None
        self._watched[job] = Watch(folder)
        self._send(server, {"start": job, "job": str(path), "log": str(folder / "log.txt")})

    def signal(self, job: str, number: int) -> None:
        """Send a signal to all processes of a job; its server is woken if something stopped it."""
        if job in self._watched and number in (signal.SIGSTOP, signal.SIGCONT):
            self._watched[job].stopped = number == signal.SIGSTOP
        for server in self._servers.values():
            if job in server.running:
                server.process.send_signal(signal.SIGCONT)
                self._send(server, {"job": job, "signal": int(number)})

    def abandon(self, job: str) -> None:
        """Kill the server of a job, for one that carries no signal out, such as an import that hangs."""
        for server in self._servers.values():
            if job in server.running:
                server.process.kill()

    def pid(self, job: str) -> int | None:
        """Give the process id of a running job, once known."""
        for server in self._servers.values():
            if job in server.running:
                return server.running[job]
        return None

    def importing(self, at_most_s: float) -> bool:
        """Tell whether a server still imports its modules, and has not done so for longer than this."""
        latest = time.monotonic() - at_most_s
        return any(not one.ready and one.started > latest for one in self._servers.values())

    def wait(self, timeout: float) -> list[Ended]:
        """Wait until a job ends or the time is over; one that hangs before its work is ended."""
        ended: list[Ended] = []
        for key, _ in self._selector.select(timeout):
            ended += self._read(key.data)
        self._end_late()
        self._end_imports()
        return [self._answered(end) for end in ended]

    def _answered(self, end: Ended) -> Ended:
        """Say in its place why a job was ended here."""
        watch = self._watched.pop(end.job)
        if not watch.reason:
            return end
        watch.answer()
        return replace(end, server_lost=False)

    def _end_imports(self) -> None:
        earliest = time.monotonic() - IMPORT_S
        for server in self._servers.values():
            if server.ready or server.started > earliest:
                continue
            modules = ", ".join(server.preload)
            for job in server.running:
                reason = f"importing {modules} did not finish within {IMPORT_S:g} s"
                self._watched[job].reason = reason
            server.process.kill()

    def _end_late(self) -> None:
        now = time.monotonic()
        for job, watch in self._watched.items():
            if not watch.look(now):
                continue
            if watch.rung < len(LADDER):
                after, number = LADDER[watch.rung]
                if now - watch.condemned >= after:
                    self.signal(job, number)
                    watch.rung += 1
            elif now - watch.condemned >= UNHEARD_S:
                self.abandon(job)

    def close(self) -> None:
        """End all servers; they kill their jobs when their socket closes."""
        for server in self._servers.values():
            self._selector.unregister(server.channel)
            server.channel.close()
            server.process.send_signal(signal.SIGCONT)  # a stopped one would not notice
        deadline = time.monotonic() + LEAVE_S
        for server in self._servers.values():
            try:
                server.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
                _sweep(server)
        self._servers.clear()
        self._selector.close()

    def _server(self, preload: tuple[str, ...]) -> _Server:
        if preload not in self._servers:
            ours, theirs = socket.socketpair()
            command = [sys.executable, "-m", "idsbench.forkserver", str(theirs.fileno()), *preload]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, **self._environment},
            )
            theirs.close()
            server = _Server(preload, process, ours)
            self._servers[preload] = server
            self._selector.register(ours, selectors.EVENT_READ, server)
        return self._servers[preload]

    def _send(self, server: _Server, message: dict[str, Any]) -> None:
        # A server that is gone is noticed by its end of file at the next wait.
        with contextlib.suppress(OSError):
            server.channel.sendall(json.dumps(message).encode() + b"\n")

    def _read(self, server: _Server) -> Iterator[Ended]:
        try:
            data = server.channel.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            yield from self._lost(server)
            return
        server.buffer += data
        *lines, server.buffer = server.buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "ready" in message:
                server.ready = True
            elif "started" in message:
                server.running[message["started"]] = message["pid"]
            elif "ended" in message and message["ended"] in server.running:
                del server.running[message["ended"]]
                yield _ended(message["ended"], message["status"])

    def _lost(self, server: _Server) -> Iterator[Ended]:
        """Forget a server that died; the next job for its modules starts another."""
        self._selector.unregister(server.channel)
        server.channel.close()
        server.process.kill()
        code = server.process.wait()
        self._servers.pop(server.preload, None)
        _sweep(server)
        for job in server.running:
            yield Ended(job, signal=max(0, -code), code=max(0, code), server_lost=True)


def _sweep(server: _Server) -> None:
    """Kill what the jobs of a lost server had started: it lost its keeper too."""
    leaders = {pid for pid in server.running.values() if pid}
    for pid in session_members(leaders):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _ended(job: str, status: int) -> Ended:
    if os.WIFSIGNALED(status):
        return Ended(job, signal=os.WTERMSIG(status))
    return Ended(job, code=os.WEXITSTATUS(status))


def signal_name(number: int) -> str:
    """Name a signal: 11 -> SIGSEGV."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
