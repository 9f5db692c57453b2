"""Other work on the processors that a measurement is pinned to is told, its own is not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest

from idsbench import contention, measure
from idsbench.contention import contended, moment
from idsbench.energy_rows import Windows
from idsbench.timing import Effort

pytestmark = pytest.mark.skipif(
    not contention.STAT.exists(), reason="this system has no /proc/stat"
)
SPIN = "import time\nend = time.monotonic() + {}\nwhile time.monotonic() < end: pass"
REAL = """
import os, subprocess, sys, time
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
from idsbench.contention import contended, moment
from idsbench.energy_rows import Windows
from idsbench.timing import Effort
spin = [sys.executable, "-S", "-c", sys.argv[1]]
since = moment()
subprocess.run(spin)
print("own:", contended(since))
"""


@pytest.fixture
def books(tmp_path, monkeypatch):
    """Give books in which seconds of work of others, or of this process, can be written."""
    times = {"clock": 0.0, "own": 0.0, "others": 0.0}
    tick = os.sysconf("SC_CLK_TCK")

    def write(**seconds: float) -> None:
        times.update(seconds)
        busy = int((times["own"] + times["others"]) * tick)
        lines = [
            "cpu 9 9 9 9 9 9 9 9 0 0",
            f"cpu3 {busy} 0 0 5 6 0 0 0 7 0",
            "cpu4 0 0 0 9 0 0 0 0",
        ]
        (tmp_path / "stat").write_text("\n".join([*lines, "intr 5"]))

    monkeypatch.setattr(contention, "STAT", tmp_path / "stat")
    monkeypatch.setattr(contention, "_own_s", lambda: times["own"])
    monkeypatch.setattr(contention.time, "perf_counter", lambda: times["clock"])
    monkeypatch.setattr(contention.os, "sched_getaffinity", lambda _: {3}, raising=False)
    write()
    return write


@pytest.mark.parametrize(
    ("others", "told"),
    [
        (0.0, ""),
        (0.9, ""),
        (
            4.0,
            "other work took 40% of the processor that it was pinned to, 4.0 s beside 5.0 s of "
            "its own",
        ),
    ],
)
def test_more_than_a_tenth_for_others_is_told_with_its_figures(books, others, told):
    since = moment()
    books(clock=10.0, own=5.0, others=others)
    assert contended(since) == told


def test_the_share_is_of_all_processors_that_it_is_pinned_to(books, monkeypatch):
    monkeypatch.setattr(contention.os, "sched_getaffinity", lambda _: {3, 4})
    since = moment()
    books(clock=10.0, own=5.0, others=1.9)
    assert contended(since) == ""
    books(others=4.0)
    assert contended(since).startswith("other work took 20% of the 2 processors that ")


@pytest.mark.parametrize("text", ["", "cpu3", "cpu3 a b c d e f g h", "cpu9 1 1 1 1 1 1 1 1"])
def test_books_that_cannot_be_read_say_nothing(books, tmp_path, text):
    since = moment()
    (tmp_path / "stat").write_text(text)
    assert contended(since) == ""


class Scorer:
    """One that is timed from here."""

    def scores(self, x):
        return np.full(len(x), 0.5)


class OwnScorer(Scorer):
    """One that times itself."""

    def costs(self, x, warm_up_s, seconds):
        return {"latency_p50_us": 1.0}


@pytest.mark.parametrize("scorer", [Scorer(), OwnScorer()])
def test_every_measurement_is_watched_from_its_begin_to_its_end(monkeypatch, scorer):
    monkeypatch.setattr(measure, "moment", lambda: "began")
    monkeypatch.setattr(measure, "contended", lambda since: f"others since it {since}")
    monkeypatch.setattr(measure, "checked_costs", lambda told, who: told)
    effort = Effort(0.0, 0.0, 0.0, Windows(0.0, 0.0, 0.0))
    x = np.zeros((4, 2), np.float32)
    keys = measure.costs(scorer, x, effort, ("none", "cpu"), "cpu")
    assert keys["contended"] == "others since it began"
    assert keys["latency_p50_us"] > 0


def test_a_child_that_still_runs_is_own_work():
    def beside() -> float:
        return contention._own_s() - sum(os.times()[:4])

    before, end = beside(), time.monotonic() + 20
    with subprocess.Popen([sys.executable, "-S", "-c", SPIN.format(60)]) as child:
        while beside() - before < 0.2 and time.monotonic() < end:
            time.sleep(0.05)
        found = beside() - before
        child.kill()
    assert found >= 0.2


def test_a_process_that_shares_the_processor_is_others_work_and_a_child_is_not():
    """On the real books, with a busy process on the same processor that the child is kept on."""
    mine = [sys.executable, "-c", REAL, SPIN.format(0.6)]
    last = max(os.sched_getaffinity(0))
    since = contention.Moment(time.perf_counter(), frozenset({last}), None, 0.0)
    assert contended(since) == "", "books that were not there before"
    busy = subprocess.Popen(
        ["taskset", "-c", str(last), sys.executable, "-S", "-c", SPIN.format(60)]
    )
    try:
        text = subprocess.run(mine, capture_output=True, text=True, check=True).stdout
    finally:
        busy.kill()
        busy.wait()
    found = re.search(r"^own: other work took (\d+)% of .*, ([\d.]+) s beside ([\d.]+) s", text)
    assert found, text
    assert int(found[1]) > 20
    assert float(found[3]) > 0.05, "the child's time counts as its own"
