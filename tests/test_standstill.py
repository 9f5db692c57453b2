"""While a cell is timed all other jobs stand still, and that time is not counted as theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from idsbench import run as runner
from idsbench import standstill
from idsbench.outcomes import Running
from idsbench.plan import Request, make_plan
from idsbench.run import Options, run
from idsbench.steps import Step
from idsbench.view import SilentView


def test_a_training_stands_still_while_another_cell_is_timed(faults, tmp_path, monkeypatch):
    note, windows = tmp_path / "ticks.txt", []
    stop, go_on = standstill.stop, standstill.go_on

    def stopping(workers, jobs):
        stop(workers, jobs)
        windows.append([time.monotonic()])

    def going_on(workers, jobs):
        windows[-1].append(time.monotonic())
        go_on(workers, jobs)

    monkeypatch.setattr(runner, "stop", stopping)
    monkeypatch.setattr(runner, "go_on", going_on)
    models = f"faulty[fault=ticks,note={note}],faulty"
    plan = make_plan(faults, Request(datasets="toy", models=models, baselines=False))
    ticking, good = run(faults, plan, Options(tmp_path / "r", jobs=2), SilentView())
    assert [ticking["status"], good["status"]] == ["ok", "ok"]
    ticks = np.array([float(word) for word in note.read_text().split()])
    since, until = windows[0]
    assert ticks[0] < since < until < ticks[-1]
    assert not ((ticks > since) & (ticks < until)).any()
    assert until - since > 0.3
    lasted = ticks[-1] - ticks[0]
    assert lasted - (until - since) - 0.1 < ticking["train_s"] < lasted - (until - since) + 0.2


def test_time_that_a_job_waited_or_stood_is_not_its_own():
    step = Step("t", "train", (), Path("out"), {}, (), "t")
    running = Running(step, Path("job"), started=1.0, begun=2.0)
    assert running.spent(10.0) == 8.0
    running.paused = 6.0
    assert running.spent(10.0) == 4.0
    running.paused, running.waited = 0.0, 4.0
    assert running.spent(11.0) == 5.0
    running.ready = 11.0
    assert running.spent(20.0) == 5.0


@pytest.fixture
def sleeper():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


class _Workers:
    """One job, that hears a signal late."""

    def __init__(self, pid: int) -> None:
        self.process, self.heard = pid, []

    def pid(self, job: str) -> int:
        return self.process

    def signal(self, job: str, number: int) -> None:
        self.heard.append((job, number))
        os.kill(self.process, number)


def test_stopped_jobs_go_on_and_others_are_not_touched(sleeper, tmp_path):
    step = Step("t", "train", (), tmp_path, {}, (), "t")
    jobs = {"a": Running(step, tmp_path, started=1.0)}
    workers = _Workers(sleeper.pid)
    standstill.go_on(workers, jobs)
    assert workers.heard == []
    standstill.stop(workers, jobs)
    state = Path(f"/proc/{sleeper.pid}/stat")
    if state.exists():
        assert state.read_text().rpartition(")")[2].split()[0] == "T"
    standstill.go_on(workers, jobs)
    assert workers.heard == [("a", signal.SIGSTOP), ("a", signal.SIGCONT)]
    assert jobs["a"].paused == 0.0
    assert jobs["a"].waited > 0
