"""Batch-1 latency and throughput of a scorer: warm-up, then timed calls, percentiles of them.

What the figures leave out: capture, flow assembly, parsing, and (reported apart) the featurizer.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.energy import metered

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_CALLS = 5
SMALL_BATCH = 64
FEWEST = {"latency_p50_us": 5, "latency_p95_us": 20, "latency_p99_us": 100}


@dataclass(frozen=True)
class Effort:
    """How long each window lasts, in seconds."""

    warm_up_s: float
    latency_s: float
    throughput_s: float
    batch: int = 1024


EFFORTS: Mapping[str, Effort] = {
    "quick": Effort(0.05, 0.30, 0.10),
    "thorough": Effort(0.5, 5.0, 2.0),
}


def pin(threads: int) -> None:
    """Keep this process, all its threads, on `threads` processors.

    They are the last of those that the process's parent may use, away from the runner's own.
    """
    if hasattr(os, "sched_setaffinity"):
        keep_on(sorted(os.sched_getaffinity(os.getppid()))[-threads:])


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
    score: Callable[[NDArray[np.float32]], object], x: NDArray[np.float32], effort: Effort
) -> dict[str, Any]:
    """Time a scorer on rows x (n, ...) and give the record's cost keys.

    A percentile that the calls made cannot support is None; `unmeasured` says why.
    """
    singles = [np.ascontiguousarray(x[i : i + 1]) for i in range(min(len(x), 256))]
    _repeat(score, singles, effort.warm_up_s)
    with metered() as reading:
        times = _repeat(score, singles, effort.latency_s)
    keys: dict[str, Any] = {"unmeasured": {}}
    for key, share in (("latency_p50_us", 50), ("latency_p95_us", 95), ("latency_p99_us", 99)):
        enough = len(times) >= FEWEST[key]
        keys[key] = float(np.percentile(times, share)) / 1e3 if enough else None
        if not enough:
            keys["unmeasured"][key] = f"{len(times)} calls fitted, {FEWEST[key]} are needed"
    keys["throughput_rows_per_s"] = throughput(score, x, effort)
    keys["energy_uj_per_row"] = (
        None if reading.joules is None else reading.joules / len(times) * 1e6
    )
    keys["energy_method"], keys["energy_detail"] = reading.method, reading.detail
    if reading.reason:
        keys["unmeasured"]["energy_uj_per_row"] = reading.reason
    keys["latency_calls"] = len(times)
    return keys


def throughput(
    score: Callable[[NDArray[np.float32]], object], x: NDArray[np.float32], effort: Effort
) -> float:
    """Rows per second after warm-up, in batches of up to `effort.batch` rows.

    A slow scorer gets smaller ones, of which five take about `effort.throughput_s`.
    """
    few = np.ascontiguousarray(x[:SMALL_BATCH])
    score(few)
    times = _repeat(score, [few], 0.0)
    fitting = len(few) * effort.throughput_s / (LEAST_CALLS * np.median(times) / 1e9)
    batch = np.ascontiguousarray(x[: int(min(max(len(few), fitting), effort.batch))])
    score(batch)
    times = _repeat(score, [batch], effort.throughput_s)
    return float(len(batch) / (np.median(times) / 1e9))


def _repeat(
    score: Callable[[NDArray[np.float32]], object], inputs: list[Any], seconds: float
) -> NDArray[np.int64]:
    """Call for `seconds`, at least five times; give each call's duration in ns."""
    times: list[int] = []
    clock = time.perf_counter_ns
    end = clock() + int(seconds * 1e9)
    while len(times) < LEAST_CALLS or clock() < end:
        row = inputs[len(times) % len(inputs)]
        before = clock()
        score(row)
        times.append(clock() - before)
    return np.array(times, dtype=np.int64)
