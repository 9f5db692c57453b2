"""A process that imports a framework once and then forks a fresh process for every job.

Started by `idsbench.workers` as ``python -m idsbench.forkserver FD MODULE[:FUNCTION]...``. It speaks JSON
lines over the inherited socket. It never runs a job itself, starts no thread, and ends with the
runner: at end of file, or by the kernel's parent-death signal.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
UNFINISHED = 70  # exit code of a job that ended without writing its result


def main(arguments: list[str]) -> int:
    """Serve until the runner closes its end."""
    runner = os.getppid()
    # A signal that can be handled: the server ends its jobs' own children before it ends itself.
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != runner:
        return 1
    channel = socket.socket(fileno=int(arguments[0]))
    errors = _preload(arguments[1:])
    gc.freeze()  # what is loaded stays: a job's garbage collection need not look at it, nor copy it
    server = Server(channel)
    server.tell({"ready": os.getpid(), "errors": errors})
    return server.serve()


class Server:
    """The loop: start, kill and reap jobs; tell the runner."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.jobs: dict[int, str] = {}
        self.buffer = b""
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        self.wakeup = (reading, writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.leave)
        signal.set_wakeup_fd(writing)

    def serve(self) -> int:
        """Wait for messages and for children."""
        while True:
            channel = self.channel.fileno()
            ready, _, _ = select.select([channel, self.wakeup[0]], [], [], 1.0)
            if self.wakeup[0] in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wakeup[0], 4096)
            self.reap()
            if channel in ready and not self.listen():
                self.end()
                return 0

    def listen(self) -> bool:
        """Carry out the messages that have come; False at end of file."""
        try:
            data = self.channel.recv(1 << 16)
        except OSError:
            return False
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "start" in message:
                self.start(message)
            elif "signal" in message:
                self.signal(message["job"], message["signal"])
        return bool(data)

    def start(self, message: dict[str, Any]) -> None:
        """Fork a job."""
        pid = os.fork()
        if pid == 0:
            _become_job(self, message)
        self.jobs[pid] = message["start"]
        self.tell({"started": message["start"], "pid": pid})

    def signal(self, job: str, number: int) -> None:
        """Send a signal to a job's whole session, while its leader is not yet reaped."""
        for pid, name in self.jobs.items():
            if name == job:
                for member in {pid, *session_members({pid})}:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(member, number)

    def reap(self) -> None:
        """Collect ended children, and end what a finished job left behind."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self.jobs.pop(pid, None)
            self.sweep(pid)
            if job is not None:
                peak = usage.ru_maxrss
                self.tell({"ended": job, "status": status, "maxrss_kb": peak})

    def sweep(self, leader: int) -> None:
        """Kill what is left of an ended job: its session, and orphans that left every session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
        running = set(self.jobs)
        for pid in _children(os.getpid()):
            if pid not in running and _session(pid) not in running:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        for member in session_members({leader}):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, signal.SIGKILL)

    def end(self) -> None:
        """Kill all jobs and all that descend from them."""
        leaders = set(self.jobs)
        for pid in {*leaders, *session_members(leaders), *_descendants(os.getpid())}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def leave(self, *_: object) -> NoReturn:
        """End at once: the runner is gone."""
        self.end()
        os._exit(0)

    def tell(self, message: dict[str, Any]) -> None:
        """Send one line; a runner that is gone is noticed at the next read."""
        with contextlib.suppress(OSError):
            self.channel.sendall(json.dumps(message).encode() + b"\n")


def _become_job(server: Server, message: dict[str, Any]) -> NoReturn:
    parent = os.getppid()
    code = UNFINISHED
    try:
        os.setsid()
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _prctl(PR_SET_CHILD_SUBREAPER, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        for end in server.wakeup:
            os.close(end)
        server.channel.close()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _redirect(message["log"])
        if os.getppid() != parent and os.getppid() == 1:
            os._exit(UNFINISHED)
        os.environ.update(message.get("environment", {}))
        from idsbench.jobs import run_job

        code = run_job(Path(message["job"]))
    except BaseException:  # the process ends here whatever happened, with its story in the log
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


def _preload(modules: list[str]) -> dict[str, str]:
    errors = {}
    for entry in modules:
        module, _, function = entry.partition(":")
        try:
            imported = importlib.import_module(module)
            if function:
                getattr(imported, function)()
        except Exception as error:  # told to the runner; the job that needs it will fail with it
            errors[entry] = f"{type(error).__name__}: {error}"
    return errors


def _prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the end of the socket is what ends the server."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _descendants(pid: int) -> list[int]:
    found, waiting = [], _children(pid)
    while waiting:
        child = waiting.pop()
        found.append(child)
        waiting += _children(child)
    return found


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def session_members(leaders: set[int]) -> list[int]:
    """Give the processes of these sessions, and everything that descends from them."""
    members = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        if name.isdigit() and _session(int(name)) in leaders:
            members.add(int(name))
            members.update(_descendants(int(name)))
    return sorted(members)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
