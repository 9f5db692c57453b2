"""Latency of single rows and throughput of a scorer: warm-up, then windows of timed calls.

Every figure is the median of five windows, beside the least and the greatest of them, which hold
the true median with 94 % (two outcomes of five coin tosses miss it). The clock and the energy meter
never run together. What the figures leave out: capture, flow assembly, parsing, and (reported
apart) the featurizer.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.energy import facts
from idsbench.energy_rows import PerRow, Windows, per_row
from idsbench.meters import AUTO, PROCESSOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOWS = 5
LEAST_CALLS, SLOW_CALLS = 5, 3
GROWTH = 4
NOISY = 0.10
ENERGY = "energy_uj_per_row"
FEWEST = {"latency_p50_us": 5, "latency_p95_us": 20, "latency_p99_us": 100}
SHARES = {"latency_p50_us": 50, "latency_p95_us": 95, "latency_p99_us": 99}

Score = Callable[["NDArray[np.float32]"], object]


@dataclass(frozen=True)
class Effort:
    """How long to measure, in seconds.

    Args:
        warm_up_s: calls that are not counted.
        latency_s: each of the five windows.
        throughput_s: each batch size that is tried; one call that takes longer ends the trying.
        energy: the meter's windows.
        batch: the largest batch.
    """

    warm_up_s: float
    latency_s: float
    throughput_s: float
    energy: Windows
    batch: int = 1024


EFFORTS: Mapping[str, Effort] = {
    "quick": Effort(0.03, 0.05, 0.01, Windows(0.1, 0.02, 0.04, 0.5)),
    "thorough": Effort(0.5, 1.0, 0.3, Windows(1.0, 0.3, 0.6, 5.0)),
}


def pin(threads: int) -> str:
    """Keep this process, all its threads, on `threads` processors; say how they are held.

    They are the last of those that the process's parent may use, away from the runner's own. Where
    there are fewer, that is said: more threads than processors do not run at once.
    """
    if not hasattr(os, "sched_setaffinity"):
        return "the runtime, which was asked to; this system has no affinity"
    usable = sorted(os.sched_getaffinity(os.getppid()))
    keep_on(usable[-threads:])
    if threads <= len(usable):
        return "affinity"
    count = "1 processor" if len(usable) == 1 else f"{len(usable)} processors"
    return f"affinity, on {count}: the {threads} threads that were asked for could not run at once"


def usable_processors() -> int:
    """Give the number of processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def keep_on(processors: Iterable[int]) -> None:
    """Keep this process, all its threads, on these processors."""
    wanted = set(processors)
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.sched_setaffinity(int(thread), wanted)


def cost(
    score: Score,
    x: NDArray[np.float32],
    effort: Effort,
    meter: str = AUTO,
    device: str = PROCESSOR,
) -> dict[str, Any]:
    """Time a scorer on rows x (n, ...), then measure its energy, and give the record's cost keys.

    What the calls made cannot support is None; `unmeasured` says why.
    """
    singles = [np.ascontiguousarray(x[i : i + 1]) for i in range(min(len(x), 256))]
    _repeat(score, singles, effort.warm_up_s)
    windows = [_repeat(score, singles, effort.latency_s) for _ in range(WINDOWS)]
    keys = latency(windows)
    single_s = keys["latency_p50_us"] / 1e6
    found = throughput(score, x, effort, single_s)
    keys["throughput_rows_per_s"], keys["throughput_batch"] = found
    return with_energy(keys, per_row(score, singles, effort.energy, meter, device))


def with_energy(keys: Mapping[str, Any], energy: PerRow) -> dict[str, Any]:
    """Give cost keys with the energy of a row, or with the reason why there is none."""
    unmeasured = {key: why for key, why in keys["unmeasured"].items() if key != ENERGY}
    if energy.reading.reason:
        unmeasured[ENERGY] = energy.reading.reason
    return {**keys, **_energy_keys(energy), "unmeasured": unmeasured}


def latency(windows: list[NDArray[np.int64]]) -> dict[str, Any]:
    """Give percentiles of each window's calls (ns): their median, least and greatest over windows.

    Where a window has too few calls for a percentile it is taken from all of them, without an
    interval; where all are too few it is None, and `unmeasured` says why. `noisy` tells that the
    windows' medians differ by more than a tenth.
    """
    everything = np.concatenate(windows)
    keys: dict[str, Any] = {"unmeasured": {}, "latency_calls": len(everything)}
    for key, fewest in FEWEST.items():
        name = key.removesuffix("_us")
        if min(len(window) for window in windows) >= fewest:
            each = [float(np.percentile(window, SHARES[key])) / 1e3 for window in windows]
            keys[key] = float(np.median(each))
            keys[f"{name}_low_us"], keys[f"{name}_high_us"] = min(each), max(each)
            continue
        keys[f"{name}_low_us"] = keys[f"{name}_high_us"] = None
        enough = len(everything) >= fewest
        keys[key] = float(np.percentile(everything, SHARES[key])) / 1e3 if enough else None
        if not enough:
            keys["unmeasured"][key] = f"{len(everything)} calls fitted, {fewest} are needed"
    medians = [float(np.median(window)) for window in windows]
    spread = (max(medians) - min(medians)) / float(np.median(medians))
    return {**keys, "latency_spread": spread, "noisy": spread > NOISY}


def throughput(
    score: Score, x: NDArray[np.float32], effort: Effort, single_s: float = 0.0
) -> tuple[float, int]:
    """Rows per second at the best batch size, and that size.

    Sizes grow fourfold from 1 to `effort.batch`, until one call takes longer than
    `effort.throughput_s`. Each size has a call to warm up and at least five that count, a slow one
    three. Where single rows took longer already, by `single_s`, no call is made.
    """
    if single_s > effort.throughput_s:
        return 1 / single_s, 1
    best, size, most = (0.0, 1), 1, min(effort.batch, len(x))
    while True:
        batch = np.ascontiguousarray(x[:size])
        (warm,) = _repeat(score, [batch], 0.0)
        slow = warm / 1e9 > effort.throughput_s
        least = SLOW_CALLS if slow else LEAST_CALLS
        seconds = float(np.median(_repeat(score, [batch], effort.throughput_s, least))) / 1e9
        best = max(best, (size / seconds, size), key=lambda found: found[0])
        if size == most or seconds > effort.throughput_s:
            return best
        size = min(size * GROWTH, most)


def _energy_keys(energy: PerRow) -> dict[str, Any]:
    reading, half = energy.reading, energy.half
    ends = (
        (None, None) if energy.uj is None or half is None else (energy.uj - half, energy.uj + half)
    )
    return {
        ENERGY: energy.uj,
        "energy_uj_low": ends[0],
        "energy_uj_high": ends[1],
        "energy_method": reading.method,
        "energy_detail": reading.detail,
        "energy": {"calls": energy.calls, **facts(reading)},
    }


def _repeat(score: Score, inputs: list[Any], seconds: float, least: int = 1) -> NDArray[np.int64]:
    """Call for `seconds`, at least so many times; give each call's duration in ns."""
    times: list[int] = []
    clock = time.perf_counter_ns
    end = clock() + int(seconds * 1e9)
    while len(times) < least or clock() < end:
        row = inputs[len(times) % len(inputs)]
        before = clock()
        score(row)
        times.append(clock() - before)
    return np.array(times, dtype=np.int64)
