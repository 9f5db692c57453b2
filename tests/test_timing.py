"""Latency is that of single rows after a warm-up; what too few calls cannot support is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from idsbench import timing
from idsbench.energy import Reading
from idsbench.energy_rows import PerRow, Windows
from idsbench.timing import EFFORTS, Effort, cost, latency, pin, throughput

X = np.arange(600, dtype=np.float32).reshape(300, 2)


def _effort(warm_up_s: float, latency_s: float) -> Effort:
    return Effort(warm_up_s, latency_s, 0.01, Windows(0.1, 0.1, 0.1))


class Bench:
    """A scorer on a clock of its own: the nth call of one row takes `single(n)` ns."""

    def __init__(self, single=lambda n: 1_000_000, per_row: int = 1000) -> None:
        self.now, self.single, self.per_row = 0, single, per_row
        self.calls: list = []
        self.metered: list = []

    def clock(self) -> int:
        return self.now

    def score(self, x) -> None:
        self.now += self.single(len(self.calls)) if len(x) == 1 else self.per_row * len(x)
        self.calls.append(np.array(x))


@pytest.fixture
def on(monkeypatch):
    """Put a bench's clock in place of the machine's, and a meter that gives 2 J for 400 rows."""

    def place(bench: Bench, energy: PerRow | None = None) -> Bench:
        monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter_ns=bench.clock))
        known = energy or PerRow(Reading(2.0, "rapl", "detail"), 5000.0, 100.0, 400)

        def per_row(score, rows, windows, meter, device) -> PerRow:
            bench.metered.append((len(rows), meter, device, bench.now))
            return known

        monkeypatch.setattr(timing, "per_row", per_row)
        return bench

    return place


def test_percentiles_are_of_single_rows_in_microseconds(on):
    keys = cost(on(Bench()).score, X, _effort(0.01, 0.2))
    assert keys["latency_calls"] == 1000
    assert [keys[f"latency_p{n}_us"] for n in (50, 95, 99)] == [1000.0] * 3
    assert (keys["noisy"], keys["unmeasured"]) == (False, {})


def _window(*milliseconds: float, calls: int = 100) -> np.ndarray:
    times = np.resize(np.array(milliseconds), calls)
    return (times * 1e6).astype(np.int64)


def test_each_figure_is_the_median_of_five_windows_beside_the_least_and_the_greatest():
    keys = latency([_window(one) for one in (1.0, 1.02, 1.01, 1.03, 1.04)])
    assert keys["latency_p50_us"] == 1020.0
    assert (keys["latency_p50_low_us"], keys["latency_p50_high_us"]) == (1000.0, 1040.0)
    assert (keys["latency_p99_low_us"], keys["latency_p99_high_us"]) == (1000.0, 1040.0)
    assert keys["latency_spread"] == pytest.approx(0.04 / 1.02)
    assert keys["noisy"] is False


def test_one_disturbed_window_moves_no_figure_but_tells_of_noise():
    quiet = [_window(1.0) for _ in range(4)]
    keys = latency([*quiet, _window(9.0)])
    assert keys["latency_p99_us"] == 1000.0
    assert keys["latency_p99_high_us"] == 9000.0
    assert keys["noisy"] is True


@pytest.mark.parametrize(("slowest", "noisy"), [(1.09, False), (1.12, True)])
def test_windows_that_differ_by_more_than_a_tenth_are_noise(slowest, noisy):
    keys = latency([_window(one) for one in (1.0, 1.0, 1.0, 1.0, slowest)])
    assert keys["noisy"] is noisy


def test_two_measurements_on_a_machine_that_drifts_agree_or_say_that_it_was_noisy():
    """The promise of `--measure thorough`, on clocks whose speed wanders."""
    rng = np.random.default_rng(5)
    for drift in (0.001, 0.01, 0.03, 0.1, 0.3):
        for _ in range(100):
            pace = 1 + np.abs(rng.normal(0, drift, size=(2, 5))).cumsum(axis=1)
            pair = [latency([_window(one) for one in windows]) for windows in pace]
            first, second = (keys["latency_p50_us"] for keys in pair)
            agree = abs(first - second) <= 0.1 * min(first, second)
            assert agree or any(keys["noisy"] for keys in pair)


def test_windows_of_few_calls_are_taken_together_without_an_interval():
    keys = latency([_window(1.0, calls=6)] * 5)
    assert (keys["latency_p50_us"], keys["latency_p95_us"]) == (1000.0, 1000.0)
    assert keys["latency_p50_low_us"] == 1000.0
    assert keys["latency_p95_low_us"] is keys["latency_p95_high_us"] is None
    assert keys["latency_p99_us"] is None
    assert keys["unmeasured"] == {"latency_p99_us": "30 calls fitted, 100 are needed"}


def test_the_warm_up_is_not_in_the_figures(on):
    bench = on(Bench(lambda n: 50_000_000 if n < 4 else 1_000_000))
    keys = cost(bench.score, X, _effort(0.2, 0.2))
    assert keys["latency_p99_high_us"] == 1000.0


def test_each_call_scores_one_row_and_the_rows_take_turns(on):
    bench = on(Bench())
    cost(bench.score, X, _effort(0.0, 0.3))
    singles = [x for x in bench.calls if len(x) == 1]
    assert len({float(x[0, 0]) for x in singles}) == 256


def test_a_slow_scorer_is_called_five_times_and_its_tail_is_missing_with_a_reason(on):
    bench = on(Bench(lambda n: 10**9))
    keys = cost(bench.score, X, _effort(0.0, 0.1))
    assert keys["latency_calls"] == 5
    assert len(bench.calls) == 6, "with one to warm up, and none for the throughput that they tell"
    assert (keys["throughput_rows_per_s"], keys["throughput_batch"]) == (1.0, 1)
    assert keys["latency_p50_us"] == 1e6
    assert keys["latency_p95_us"] is None
    assert keys["latency_p99_us"] is None
    assert keys["unmeasured"] == {
        "latency_p95_us": "5 calls fitted, 20 are needed",
        "latency_p99_us": "5 calls fitted, 100 are needed",
    }


def test_energy_is_per_row_with_its_method_and_interval(on):
    keys = cost(on(Bench()).score, X, _effort(0.0, 0.2))
    assert keys["energy_uj_per_row"] == 5000.0
    assert (keys["energy_uj_low"], keys["energy_uj_high"]) == (4900.0, 5100.0)
    assert (keys["energy_method"], keys["energy_detail"]) == ("rapl", "detail")
    assert keys["energy"]["calls"] == 400


def test_the_meter_never_runs_beside_the_clock(on):
    bench = on(Bench())
    cost(bench.score, X, _effort(0.0, 0.2), "nvml", "cuda")
    assert bench.metered == [(256, "nvml", "cuda", bench.now)], "nothing is timed after it"


def test_energy_that_was_not_measured_is_missing_with_the_meters_reason(on):
    bench = on(Bench(), PerRow(Reading(reason="no meter")))
    keys = cost(bench.score, X, _effort(0.0, 0.2))
    assert (keys["energy_uj_per_row"], keys["energy_uj_low"]) == (None, None)
    assert keys["energy_method"] == "none"
    assert keys["unmeasured"] == {"energy_uj_per_row": "no meter"}


def test_throughput_is_that_of_the_best_batch_size(on):
    def score(x) -> None:
        bench.now += 100_000 + len(x) * (1_000 if len(x) <= 64 else 9_000)

    bench = on(Bench())
    rate, batch = throughput(score, np.zeros((4096, 2), np.float32), _effort(0.0, 0.0))
    assert (batch, round(rate)) == (64, 390_244)


def test_sizes_grow_fourfold_up_to_the_largest(on):
    bench = on(Bench(lambda n: 1000, per_row=1000))
    throughput(bench.score, np.zeros((4096, 2), np.float32), _effort(0.0, 0.0))
    assert sorted({len(x) for x in bench.calls}) == [1, 4, 16, 64, 256, 1024]


def test_no_larger_batch_is_tried_after_a_call_that_took_too_long(on):
    bench = on(Bench(lambda n: 9_000_000, per_row=9_000_000))
    throughput(bench.score, np.zeros((4096, 2), np.float32), _effort(0.0, 0.0))
    sizes = [len(x) for x in bench.calls]
    assert (sizes.count(1), sizes.count(4), max(sizes)) == (6, 4, 4)


def test_a_short_test_part_makes_a_short_batch(on):
    bench = on(Bench(lambda n: 1000, per_row=1000))
    throughput(bench.score, X[:7], _effort(0.0, 0.0))
    assert sorted({len(x) for x in bench.calls}) == [1, 4, 7]


def test_thorough_measures_longer_than_quick_and_both_keep_to_their_time():
    quick, thorough = EFFORTS["quick"], EFFORTS["thorough"]
    assert list(EFFORTS) == ["quick", "thorough"]
    for effort, most in ((quick, 1.0), (thorough, 15.0)):
        sizes = 6  # 1, 4, ... 1024
        longest = effort.warm_up_s * 2 + 5 * effort.latency_s + sizes * effort.throughput_s
        assert longest + effort.energy.most_s < 0.95 * most
    assert thorough.warm_up_s > quick.warm_up_s
    assert thorough.latency_s > quick.latency_s
    assert thorough.throughput_s > quick.throughput_s


@pytest.mark.parametrize(("threads", "kept"), [(1, {9}), (2, {6, 9}), (4, {1, 4, 6, 9})])
def test_the_process_is_kept_on_the_last_processors_of_its_parent(monkeypatch, threads, kept):
    chosen = []
    allowed = {os.getppid(): {9, 1, 6, 4}}
    monkeypatch.setattr(timing.os, "sched_getaffinity", allowed.__getitem__, raising=False)
    monkeypatch.setattr(
        timing.os, "sched_setaffinity", lambda _, cores: chosen.append(cores), raising=False
    )
    assert pin(threads) == "affinity"
    assert chosen
    assert all(cores == kept for cores in chosen)


@pytest.mark.parametrize(("usable", "told"), [({7}, "1 processor"), ({2, 3}, "2 processors")])
def test_threads_for_which_there_are_no_processors_are_told(monkeypatch, usable, told):
    chosen = []
    monkeypatch.setattr(timing.os, "sched_getaffinity", lambda _: usable, raising=False)
    monkeypatch.setattr(
        timing.os, "sched_setaffinity", lambda _, cores: chosen.append(cores), raising=False
    )
    assert pin(64) == (
        f"affinity, on {told}: the 64 threads that were asked for could not run at once"
    )
    assert all(cores == usable for cores in chosen)


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
    assert pin(1) == "the runtime, which was asked to; this system has no affinity"
