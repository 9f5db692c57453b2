"""A run that is interrupted ends in good order, and the same command goes on from there."""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path
from types import ModuleType

import pytest

from idsbench import store
from idsbench.verify import verify

RELIABILITY = Path(__file__).resolve().parents[1] / "benchmarks" / "reliability"
CELLS = ("--models", "faulty[fault=nap]", "--seeds", "0-2")
PROMPT_S = 5.0
STARTED_S = 30.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give what starts runs as processes and finds all that belongs to them."""
    monkeypatch.syspath_prepend(str(RELIABILITY))
    return importlib.import_module("runs")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give what runs on a terminal of its own."""
    monkeypatch.syspath_prepend(str(RELIABILITY))
    return importlib.import_module("terminal")


def _wait_for(runs: ModuleType, run, role: str) -> None:
    found = runs.seconds_until(lambda: role in runs.members(run.token).values(), STARTED_S)
    assert found < STARTED_S, runs.said(run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_ends_with_130_and_the_same_command_finishes_it(runs, tmp_path, number):
    place = runs.Place(tmp_path)
    run = runs.start(place, *CELLS)
    _wait_for(runs, run, "footprint")
    run.process.send_signal(number)
    assert runs.finish(run, PROMPT_S) == 130
    assert runs.said(run).endswith("\ninterrupted: the same command again goes on from here\n")
    assert runs.gone_after_s(run.token) < runs.GONE_S
    assert not runs.is_locked(place.results)
    assert [*runs.flaws(place.results)] == []
    before = runs.statuses(place.results)
    assert len(before) < 3
    assert set(before.values()) <= {"ok"}
    assert runs.run_through(place, *CELLS) == 0
    assert [*runs.statuses(place.results).values()] == ["ok"] * 3
    assert verify(place.results).findings == ()


def test_a_job_that_ignores_signals_does_not_keep_an_interrupted_run(runs, tmp_path):
    place = runs.Place(tmp_path)
    run = runs.start(place, "--models", "faulty[fault=stubborn]")
    _wait_for(runs, run, "job")
    run.process.send_signal(signal.SIGINT)
    assert runs.finish(run, PROMPT_S) == 130
    assert runs.gone_after_s(run.token) < runs.GONE_S
    assert store.read_finished(place.results) == {}


def test_nothing_that_a_job_started_survives_when_a_stopped_fork_server_is_left(runs, tmp_path):
    place, note = runs.Place(tmp_path), tmp_path / "child"
    run = runs.start(place, "--models", f"faulty[fault=forks,note={note}]")
    assert runs.seconds_until(note.exists, STARTED_S) < STARTED_S
    for pid, role in runs.members(run.token).items():
        if role == "fork server":
            runs.kill(pid, signal.SIGSTOP)
    run.process.send_signal(signal.SIGINT)
    assert runs.finish(run, PROMPT_S) == 130
    assert runs.gone_after_s(run.token) < runs.GONE_S


@pytest.mark.parametrize("presses", [(0.3,), (0.3, 0.05)], ids=["once", "twice"])
def test_ctrl_c_leaves_the_terminal_in_order(runs, terminal, tmp_path, presses):
    left = terminal.interrupted(
        runs.Place(tmp_path), ("--models", "faulty[fault=stubborn]"), presses
    )
    # Killed by the signal itself while it was already leaving: a shell shows 130 as well.
    assert left.code in (130, -signal.SIGINT)
    assert left.seconds < PROMPT_S
    assert left.echo
    assert left.cursor
    assert b"Traceback" not in left.text
    assert runs.gone_after_s(left.token) < runs.GONE_S
