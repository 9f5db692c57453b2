"""Latency is that of single rows after a warm-up; what too few calls cannot support is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from idsbench import timing
from idsbench.energy import Reading
from idsbench.timing import EFFORTS, SMALL_BATCH, Effort, cost, pin, throughput

X = np.arange(600, dtype=np.float32).reshape(300, 2)


class Bench:
    """A scorer on a clock of its own: the nth call of one row takes `single(n)` ns."""

    def __init__(self, single=lambda n: 1_000_000, per_row: int = 1000) -> None:
        self.now, self.single, self.per_row = 0, single, per_row
        self.calls: list = []

    def clock(self) -> int:
        return self.now

    def score(self, x) -> None:
        self.now += self.single(len(self.calls)) if len(x) == 1 else self.per_row * len(x)
        self.calls.append(np.array(x))


@pytest.fixture
def on(monkeypatch):
    """Put a bench's clock in place of the machine's, and a meter that gives 2 J."""

    def place(bench: Bench, reading: Reading | None = None) -> Bench:
        monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter_ns=bench.clock))

        @contextmanager
        def metered():
            yield reading or Reading(2.0, "rapl", "detail")

        monkeypatch.setattr(timing, "metered", metered)
        return bench

    return place


def test_percentiles_are_of_single_rows_in_microseconds(on):
    keys = cost(on(Bench()).score, X, Effort(0.01, 0.2, 0.01))
    assert keys["latency_calls"] == 200
    assert [keys[f"latency_p{n}_us"] for n in (50, 95, 99)] == [1000.0] * 3
    assert keys["unmeasured"] == {}


def test_percentiles_are_those_of_the_calls(on):
    warm_up = 10
    bench = on(Bench(lambda n: 1000 * (1 + max(0, n - warm_up))))
    keys = cost(bench.score, X, Effort(0.00001, 0.0005, 0.00001))
    count = keys["latency_calls"]
    warm = len([x for x in bench.calls if len(x) == 1]) - count
    times = [1 + max(0, n - warm_up) for n in range(warm, warm + count)]
    assert keys["latency_p50_us"] == pytest.approx(np.percentile(times, 50))


def test_the_warm_up_is_not_in_the_figures(on):
    bench = on(Bench(lambda n: 50_000_000 if n < 5 else 1_000_000))
    keys = cost(bench.score, X, Effort(0.2, 0.2, 0.01))
    assert keys["latency_p99_us"] == 1000.0


def test_each_call_scores_one_row_and_the_rows_take_turns(on):
    bench = on(Bench())
    cost(bench.score, X, Effort(0.0, 0.3, 0.01))
    singles = [x for x in bench.calls if len(x) == 1]
    assert len({float(x[0, 0]) for x in singles}) == 256


def test_a_slow_scorer_is_called_at_least_five_times_and_its_tail_is_missing_with_a_reason(on):
    keys = cost(on(Bench(lambda n: 10**9)).score, X, Effort(0.0, 0.1, 0.1))
    assert keys["latency_calls"] == 5
    assert keys["latency_p50_us"] == 1e6
    assert keys["latency_p95_us"] is None
    assert keys["latency_p99_us"] is None
    assert keys["unmeasured"] == {
        "latency_p95_us": "5 calls fitted, 20 are needed",
        "latency_p99_us": "5 calls fitted, 100 are needed",
    }


def test_energy_is_per_row_with_its_method(on):
    keys = cost(on(Bench()).score, X, Effort(0.0, 0.2, 0.01))
    assert keys["energy_uj_per_row"] == 2.0 / 200 * 1e6
    assert (keys["energy_method"], keys["energy_detail"]) == ("rapl", "detail")


def test_energy_that_was_not_measured_is_missing_with_the_meters_reason(on):
    bench = on(Bench(), Reading(None, "none", "", "no meter"))
    keys = cost(bench.score, X, Effort(0.0, 0.2, 0.01))
    assert keys["energy_uj_per_row"] is None
    assert keys["energy_method"] == "none"
    assert keys["unmeasured"] == {"energy_uj_per_row": "no meter"}


def test_throughput_is_of_full_batches(on):
    bench = on(Bench(per_row=2000))
    assert throughput(bench.score, X, Effort(0.0, 0.0, 0.01, batch=100)) == 500_000.0
    assert len(bench.calls[-1]) == 100


def test_a_slow_scorer_gets_batches_of_which_five_fit(on):
    bench = on(Bench(per_row=20_000))
    throughput(bench.score, np.zeros((4096, 2), np.float32), Effort(0.0, 0.0, 0.01))
    assert len(bench.calls[-1]) == 100
    assert sum(len(x) for x in bench.calls[-5:]) * 20_000 == 0.01 * 1e9


def test_batches_are_never_smaller_than_those_of_the_first_try(on):
    bench = on(Bench(per_row=10_000_000))
    throughput(bench.score, np.zeros((4096, 2), np.float32), Effort(0.0, 0.0, 0.01))
    assert {len(x) for x in bench.calls} == {SMALL_BATCH}


def test_a_short_test_part_makes_a_short_batch(on):
    bench = on(Bench(per_row=1000))
    assert throughput(bench.score, X[:7], Effort(0.0, 0.0, 0.01)) == pytest.approx(1e6)
    assert {len(x) for x in bench.calls} == {7}


def test_thorough_measures_longer_than_quick():
    quick, thorough = EFFORTS["quick"], EFFORTS["thorough"]
    assert list(EFFORTS) == ["quick", "thorough"]
    assert thorough.warm_up_s > quick.warm_up_s
    assert thorough.latency_s > quick.latency_s
    assert thorough.throughput_s > quick.throughput_s


@pytest.mark.parametrize(
    ("threads", "kept"), [(1, {9}), (2, {6, 9}), (4, {1, 4, 6, 9}), (50, {1, 4, 6, 9})]
)
def test_the_process_is_kept_on_the_last_processors_of_its_parent(monkeypatch, threads, kept):
    chosen = []
    allowed = {os.getppid(): {9, 1, 6, 4}}
    monkeypatch.setattr(timing.os, "sched_getaffinity", allowed.__getitem__, raising=False)
    monkeypatch.setattr(
        timing.os, "sched_setaffinity", lambda _, cores: chosen.append(cores), raising=False
    )
    pin(threads)
    assert chosen
    assert all(cores == kept for cores in chosen)


def test_threads_that_run_already_are_kept_too():
    one = min(os.sched_getaffinity(0))
    program = (
        "import os, threading\n"
        "from idsbench.timing import keep_on, usable_processors\n"
        "end = threading.Event()\n"
        "threading.Thread(target=end.wait).start()\n"
        f"keep_on([{one}])\n"
        "kept = [sorted(os.sched_getaffinity(int(t))) for t in os.listdir('/proc/self/task')]\n"
        "print(len(kept) > 1, min(kept), max(kept), usable_processors())\n"
        "end.set()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"True [{one}] [{one}] 1\n", "")


def test_a_system_without_affinity_is_left_alone(monkeypatch):
    monkeypatch.delattr(timing.os, "sched_setaffinity", raising=False)
    pin(1)
