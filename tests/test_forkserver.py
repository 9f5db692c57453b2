"""The server imports once, gives every job a fresh process, and ends with its runner."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PROBE = '''
import os, resource, sys, time
from idsbench.errors import CellSkipped

LOADED_BY = os.getpid()
STARTED = []


def start():
    STARTED.append(1)


def fail():
    raise ValueError("not today")


class Act:
    """A dataset whose building tells of its process, or does what it is told to."""

    def __init__(self, what):
        if what == "sleep":
            time.sleep(600)
        STARTED.append(2)
        inherited = [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
        links = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in inherited]
        raise CellSkipped(repr({
            "preloaded": LOADED_BY == os.getppid(),
            "started": STARTED,
            "session": os.getsid(0) == os.getpid(),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
            "stdin": sys.stdin.read(),
            "sockets": sum("socket" in link or "pipe" in link for link in links),
        }))
'''
SLOW_S = 20.0


class Talk:
    """The runner's end of a server's socket."""

    def __init__(self, folder: Path, *preload: str) -> None:
        (folder / "idsbench_probe.py").write_text(PROBE)
        self.folder = folder
        self.channel, theirs = socket.socketpair()
        self.channel.settimeout(SLOW_S)
        command = [sys.executable, "-m", "idsbench.forkserver", str(theirs.fileno()), *preload]
        paths = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
        # As where dumps of crashed programs are kept.
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
        self.process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": paths}
        )
        resource.setrlimit(resource.RLIMIT_CORE, limits)
        theirs.close()
        self.lines = self.channel.makefile("r")

    def hear(self) -> dict:
        return json.loads(self.lines.readline())

    def say(self, text: str) -> None:
        self.channel.sendall(text.encode())

    def job(self, name: str, what: str = "tell") -> str:
        """Write a job; give the message that starts it."""
        folder = self.folder / name
        folder.mkdir()
        dataset = {"build": "idsbench_probe:Act", "parameters": {"what": what}}
        job = {"stage": "load", "out": str(folder / "made"), "dataset": dataset}
        (folder / "job.json").write_text(json.dumps(job))
        message = {"start": name, "job": str(folder / "job.json"), "log": str(folder / "log.txt")}
        return json.dumps(message) + "\n"

    def told(self, name: str) -> dict:
        return json.loads((self.folder / name / "result.json").read_text())


@pytest.fixture
def talk(tmp_path):
    """Start a server that preloads modules; it is ended afterwards."""
    talks = []

    def start(*preload: str) -> Talk:
        talks.append(Talk(tmp_path, *preload))
        return talks[-1]

    yield start
    for made in talks:
        made.process.kill()
        made.process.wait()
        made.lines.close()
        made.channel.close()


def _gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def _until_gone(*processes: psutil.Process) -> None:
    deadline = time.monotonic() + SLOW_S
    while time.monotonic() < deadline and not all(_gone(process) for process in processes):
        time.sleep(0.01)
    assert all(_gone(process) for process in processes)


def test_a_job_gets_a_fresh_process_in_which_everything_is_loaded_and_nothing_shared(talk):
    server = talk("idsbench_probe:start")
    ready = server.hear()
    assert ready == {"ready": server.process.pid, "errors": {}}
    for name in ("one", "two"):
        server.say(server.job(name))
        started = server.hear()
        assert started == {"started": name, "pid": started["pid"]}
        ended = server.hear()
        assert (ended["ended"], ended["status"]) == (name, 0)
        assert ended["maxrss_kb"] > 1000
        assert server.told(name) == {
            "outcome": "skipped",
            "reason": "{'preloaded': True, 'started': [1, 2], 'session': True, 'core': 0, "
            "'stdin': '', 'sockets': 0}",
        }


def test_a_module_that_cannot_be_preloaded_is_told_and_jobs_run_all_the_same(talk):
    server = talk("module_not_there", "idsbench_probe:fail", "idsbench_probe:start")
    assert server.hear()["errors"] == {
        "module_not_there": "ModuleNotFoundError: No module named 'module_not_there'",
        "idsbench_probe:fail": "ValueError: not today",
    }
    server.say(server.job("one"))
    assert [server.hear()["started"], server.hear()["ended"]] == ["one", "one"]
    assert "'started': [1, 2]" in server.told("one")["reason"]


def test_messages_may_come_in_pieces_and_together(talk):
    server = talk()
    server.hear()
    both = server.job("one") + server.job("two")
    for start in range(0, len(both), 7):
        server.say(both[start : start + 7])
    heard = [server.hear() for _ in range(4)]
    assert sorted(message.get("started") or message["ended"] for message in heard) == [
        *("one", "one"),
        *("two", "two"),
    ]


def test_a_signal_reaches_the_job_that_it_is_for(talk):
    server = talk()
    server.hear()
    server.say(server.job("one", "sleep") + server.job("two", "sleep"))
    pids = {message["started"]: message["pid"] for message in (server.hear(), server.hear())}
    server.say(json.dumps({"job": "one", "signal": int(signal.SIGKILL)}) + "\n")
    ended = server.hear()
    assert (ended["ended"], os.WTERMSIG(ended["status"])) == ("one", signal.SIGKILL)
    assert not _gone(psutil.Process(pids["two"]))


def test_the_end_of_the_socket_ends_the_server_and_its_jobs(talk):
    server = talk()
    server.hear()
    server.say(server.job("one", "sleep"))
    job = psutil.Process(server.hear()["pid"])
    server.channel.shutdown(socket.SHUT_RDWR)
    assert server.process.wait(SLOW_S) == 0
    _until_gone(job)


@pytest.mark.parametrize("kept", [False, True], ids=["socket closes", "socket is kept open"])
def test_a_runner_that_is_killed_takes_its_server_and_jobs_with_it(tmp_path, kept):
    """Also where another process of the runner's still holds its end of the socket."""
    talker = Path(__file__).resolve()
    code = f"""
import importlib.util, subprocess, sys, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("talker", {str(talker)!r})
talker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(talker)
server = talker.Talk(Path(sys.argv[1]))
server.hear()
server.say(server.job("one", "sleep"))
held = [server.channel.fileno()] if {kept} else []
keeper = subprocess.Popen(["sleep", "600"], pass_fds=held)
print(server.process.pid, server.hear()["pid"], keeper.pid, flush=True)
time.sleep(600)
"""
    runner = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    *left, keeper = (psutil.Process(int(pid)) for pid in runner.stdout.readline().split())
    try:
        assert len(left) == 2
        runner.kill()
        _until_gone(*left)
    finally:
        keeper.kill()
        runner.kill()
        runner.communicate()
