"""Energy of scoring one row: windows of work, long enough for the meter, and their interval."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from idsbench.energy import WINDOWS, Others, Reading, idle_power, mean, metered
from idsbench.meters import Meter, MeterError, choose

ENOUGH = 20  # a window is long enough when it holds so many times what the meter can tell


@dataclass(frozen=True)
class Windows:
    """How long to measure, in seconds: the idle device, one window of work, and one at most."""

    idle_s: float
    work_s: float
    longest_s: float


@dataclass
class PerRow:
    """Energy of scoring one row: `uj` in microjoules, None with the reading's reason.

    Args:
        reading: method, detail, idle power and reason.
        uj: mean and half of its interval; the half is None where one window was all.
        calls: rows scored under the meter.
    """

    reading: Reading
    uj: float | None = None
    half: float | None = None
    calls: int = 0


def per_row(
    score: Callable[[Any], object], rows: Sequence[Any], windows: Windows, which: str, device: str
) -> PerRow:
    """Measure the scoring of single rows, in turn, in five windows that are long enough.

    A meter that models has one window: its figure follows from processor time alone, and an
    interval would look like that of a measurement.

    Args:
        score: takes one row.
        rows: single rows, each as `score` takes it.
        windows: how long.
        which, device: as in `metered`.
    """
    try:
        meter = choose(which, device)
    except MeterError as error:
        return PerRow(Reading(reason=str(error)))
    if not meter.whole:
        return _modelled(score, rows, windows, which)
    reading = Reading(method=meter.method, detail=meter.detail)
    others = Others()
    try:
        found = _measured(score, rows, windows, (which, device), reading)
        others.check()
    except MeterError as error:
        reading.reason = str(error)
        return PerRow(reading)
    return found


def _modelled(
    score: Callable[[Any], object], rows: Sequence[Any], windows: Windows, which: str
) -> PerRow:
    with metered(which) as reading:
        calls = _score_for(score, rows, WINDOWS * windows.work_s)
    uj = None if reading.joules is None else reading.joules / calls * 1e6
    return PerRow(reading, uj, None, calls)


def _measured(
    score: Callable[[Any], object],
    rows: Sequence[Any],
    windows: Windows,
    chosen: tuple[str, str],
    reading: Reading,
) -> PerRow:
    reading.idle = idle = idle_power(*chosen, windows.idle_s)
    meter = choose(*chosen)
    seconds = max(windows.work_s, meter.shortest_s)
    while True:
        taken = [_window(score, rows, seconds, choose(*chosen)) for _ in range(WINDOWS)]
        least, resolution = min(one.joules for one in taken), taken[0].resolution_j
        if least >= ENOUGH * resolution or seconds >= windows.longest_s:
            break
        seconds = min(2 * seconds, windows.longest_s)
    reading.seconds = sum(one.seconds for one in taken)
    calls = sum(one.calls for one in taken)
    if not max(one.joules for one in taken) > 0:
        raise MeterError("the meter read 0 J: below its resolution")
    uj = mean([(one.joules - idle.mean * one.seconds) / one.calls * 1e6 for one in taken])
    from_idle = idle.half * reading.seconds / calls * 1e6
    half = math.hypot(uj.half, from_idle) + resolution * WINDOWS / calls * 1e6
    if uj.mean <= half:
        raise MeterError(
            f"below the meter's resolution: {uj.mean:.3g} uJ per row above an idle power of "
            f"{idle.mean:.3g} W, give or take {half:.3g} uJ"
        )
    reading.joules = uj.mean * calls / 1e6
    return PerRow(reading, uj.mean, half, calls)


@dataclass(frozen=True)
class _Window:
    joules: float
    seconds: float
    calls: int
    resolution_j: float


def _window(
    score: Callable[[Any], object], rows: Sequence[Any], seconds: float, meter: Meter
) -> _Window:
    started = time.perf_counter()
    meter.start()
    try:
        calls = _score_for(score, rows, seconds)
    except BaseException:
        with contextlib.suppress(MeterError):
            meter.stop()
        raise
    joules = meter.stop()
    return _Window(joules, time.perf_counter() - started, calls, meter.resolution_j)


def _score_for(score: Callable[[Any], object], rows: Sequence[Any], seconds: float) -> int:
    """Score for so many seconds, at least one row; give the number of rows."""
    calls, end = 0, time.perf_counter() + seconds
    while not calls or time.perf_counter() < end:
        score(rows[calls % len(rows)])
        calls += 1
    return calls
