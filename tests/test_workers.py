"""A job's end, of whatever kind, reaches the runner as a value, and nothing outlives the workers."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from idsbench.solo import note_pause
from idsbench.workers import Ended, Workers, signal_name

PROBE = '''
import os, signal, sys, time
from idsbench.errors import CellSkipped
from idsbench.loading import LOADING, limited


class Act:
    """A dataset whose building does what it is told to."""

    def __init__(self, what, note=""):
        if what == "sleep":
            open(note, "w").close()
            time.sleep(600)
        if what == "hang":
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            loading = {"folder": os.path.dirname(note), "limits_s": {LOADING: 1.0}}
            with limited({"loading": loading, "on": "probe"}, LOADING):
                open(note, "w").close()
                time.sleep(600)
        if what == "exit":
            os._exit(5)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "tell":
            print("out", os.environ.get("IDSBENCH_PROBE"), flush=True)
            print("err", file=sys.stderr, flush=True)
        raise CellSkipped(f"did {what}")
'''
SLOW_S = 20.0


@pytest.fixture
def workers(tmp_path):
    """Give workers that can import the module `idsbench_probe`."""
    (tmp_path / "idsbench_probe.py").write_text(PROBE)
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with Workers({"PYTHONPATH": paths, "IDSBENCH_PROBE": "yes"}) as made:
        yield made


@pytest.fixture
def start(workers, tmp_path):
    """Start a job that does something; give its folder."""

    def work(job: str, what: str, preload: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / job
        folder.mkdir()
        parameters = {"what": what, "note": str(folder / "note")}
        payload = {
            "stage": "load",
            "out": str(folder / "made"),
            "dataset": {"build": "idsbench_probe:Act", "parameters": parameters},
        }
        workers.start(job, folder, payload, preload)
        return folder

    return work


def _ends(workers: Workers, count: int = 1) -> dict[str, Ended]:
    ended: dict[str, Ended] = {}
    deadline = time.monotonic() + SLOW_S
    while len(ended) < count and time.monotonic() < deadline:
        ended.update({end.job: end for end in workers.wait(0.1)})
    return ended


def _until(condition) -> None:
    deadline = time.monotonic() + SLOW_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def _servers() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        try:
            if "idsbench.forkserver" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_jobs_of_one_server_end_each_in_its_own_way(workers, start):
    folders = {name: start(name, name) for name in ("tell", "exit", "kill")}
    assert _ends(workers, 3) == {
        "tell": Ended("tell"),
        "exit": Ended("exit", code=5),
        "kill": Ended("kill", signal=signal.SIGKILL),
    }
    assert len(_servers()) == 1
    result = json.loads((folders["tell"] / "result.json").read_text())
    assert result == {"outcome": "skipped", "reason": "did tell"}
    assert not (folders["kill"] / "result.json").exists()
    assert (folders["tell"] / "log.txt").read_text() == "out yes\nerr\n"


def test_a_running_job_has_a_process_that_signals_reach(workers, start):
    folder = start("job", "sleep")
    assert workers.pid("other") is None
    _until((folder / "note").exists)
    _until(lambda: not workers.wait(0.01) and workers.pid("job"))
    pid = workers.pid("job")
    assert psutil.Process(pid).ppid() == _servers()[0].pid
    workers.signal("job", signal.SIGKILL)
    assert _ends(workers) == {"job": Ended("job", signal=signal.SIGKILL)}
    assert workers.pid("job") is None
    workers.signal("job", signal.SIGKILL)


def test_a_server_that_dies_ends_its_jobs_and_the_next_job_gets_another(workers, start):
    folder = start("job", "sleep")
    _until((folder / "note").exists)
    _until(lambda: not workers.wait(0.01) and workers.pid("job"))
    job = psutil.Process(workers.pid("job"))
    _servers()[0].kill()
    assert _ends(workers) == {"job": Ended("job", signal=signal.SIGKILL, server_lost=True)}
    _until(lambda: not job.is_running() or job.status() == psutil.STATUS_ZOMBIE)
    start("next", "tell")
    assert _ends(workers) == {"next": Ended("next")}


def test_there_is_one_server_for_each_set_of_modules_and_leaving_ends_all(workers, start):
    workers.warm(())
    workers.warm(())
    workers.warm(("json",))
    folder = start("job", "sleep", ("json",))
    assert len(_servers()) == 2
    _until((folder / "note").exists)
    everything = [*_servers(), *(child for s in _servers() for child in s.children(True))]
    workers.close()
    assert _servers() == []
    _until(lambda: not any(process.is_running() for process in everything))


@pytest.mark.parametrize(
    ("number", "name"), [(11, "SIGSEGV"), (9, "SIGKILL"), (0, "signal 0"), (250, "signal 250")]
)
def test_signals_have_names(number, name):
    assert signal_name(number) == name


def test_a_job_whose_target_hangs_is_ended_and_its_outcome_says_so(workers, start):
    folder = start("a", "hang")
    assert _ends(workers) == {"a": Ended("a", signal=signal.SIGKILL)}
    assert json.loads((folder / "result.json").read_text()) == {
        "outcome": "timeout",
        "reason": "loading on probe did not finish within 1 s",
    }


def test_a_job_that_stands_still_is_not_ended_for_it(workers, start):
    folder = start("a", "hang")
    _until(lambda: workers.wait(0.01) or (folder / "note").exists())
    workers.signal("a", signal.SIGSTOP)
    stood = time.monotonic()
    while time.monotonic() < stood + 1.3:
        assert workers.wait(0.1) == []
    note_pause(folder, stood, time.monotonic())
    workers.signal("a", signal.SIGCONT)
    assert workers.wait(0.1) == []
    assert _ends(workers) == {"a": Ended("a", signal=signal.SIGKILL)}


def test_a_library_that_hangs_on_import_costs_the_jobs_that_need_it(
    workers, start, tmp_path, monkeypatch
):
    monkeypatch.setattr("idsbench.workers.IMPORT_S", 1.0)
    (tmp_path / "idsbench_slow.py").write_text("import time\ntime.sleep(600)\n")
    folder = start("a", "exit", ("idsbench_slow",))
    assert _ends(workers) == {"a": Ended("a", signal=signal.SIGKILL)}
    assert json.loads((folder / "result.json").read_text()) == {
        "outcome": "timeout",
        "reason": "importing idsbench_slow did not finish within 1 s",
    }
    monkeypatch.undo()
    start("b", "exit")
    assert _ends(workers) == {"b": Ended("b", code=5)}
