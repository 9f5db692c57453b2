"""Energy of scoring one row: windows of work, long enough for the meter, and their interval."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from idsbench.energy import Others, Reading, idle_power, metered, reading_s
from idsbench.meter_span import FEWEST, WINDOWS, Amount, Span, Stamped, mean
from idsbench.meters import Meter, MeterError, choose

Work = Callable[[float], int]
ANOTHER = (
    "codecarbon models the processor time of this process, and what scores is a program of its own: "
    "name a meter with --meter"
)
ENOUGH = 20  # a window is long enough when it holds so many times what the meter can tell


@dataclass(frozen=True)
class Windows:
    """How long to measure, in seconds.

    Args:
        idle_s: the idle device, in all five windows.
        work_s: one window of work.
        longest_s: one window of work at most.
        most_s: idle device and work together, where the meter's shortest window allows it.
    """

    idle_s: float
    work_s: float
    longest_s: float
    most_s: float = math.inf


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
    """Measure the scoring of single rows, in turn, as `of_work` measures work.

    Args:
        score: takes one row.
        rows: single rows, each as `score` takes it.
        windows: how long.
        which, device: as in `metered`.
    """
    return of_work(partial(_score_for, score, rows), windows, which, device)


def of_work(
    work: Work, windows: Windows, which: str, device: str, elsewhere: bool = False
) -> PerRow:
    """Measure work in windows that are long enough.

    There are five; three where a meter that takes long to read would need too much time. A meter
    that models has one window: its figure follows from processor time alone, and an interval would
    look like that of a measurement.

    Args:
        work: scores single rows for so many seconds and gives their number.
        windows: how long.
        which, device: as in `metered`.
        elsewhere: whether a program does it that is not this process.
    """
    try:
        meter = choose(which, device)
    except MeterError as error:
        return PerRow(Reading(reason=str(error)))
    if not meter.whole:
        return PerRow(Reading(reason=ANOTHER)) if elsewhere else _modelled(work, windows, which)
    found = PerRow(Reading(method=meter.method, detail=meter.detail))
    others = Others()
    try:
        uj = _measured(work, windows, (which, device), found)
        others.check()
    except MeterError as error:
        found.reading.reason = str(error)
        return found
    found.uj, found.half = uj.mean, uj.half
    found.reading.joules = uj.mean * found.calls / 1e6
    return found


def _modelled(work: Work, windows: Windows, which: str) -> PerRow:
    with metered(which) as reading:
        calls = work(WINDOWS * windows.work_s)
    uj = None if reading.joules is None else reading.joules / calls * 1e6
    return PerRow(reading, uj, None, calls)


def _measured(work: Work, windows: Windows, chosen: tuple[str, str], found: PerRow) -> Amount:
    """Give microjoules per row; note in `found` what was done, also where it gives no figure."""
    began, meter = time.perf_counter(), choose(*chosen)
    read_s = reading_s(chosen, windows.most_s)
    count = _count(windows, meter, read_s)
    found.reading.idle = idle = idle_power(chosen, count, windows.idle_s / WINDOWS)
    seconds = max(windows.work_s, meter.shortest_s)
    while True:
        taken = [_window(work, seconds, Stamped(choose(*chosen))) for _ in range(count)]
        found.reading.seconds = sum(one.span.seconds for one in taken)
        found.calls = sum(one.calls for one in taken)
        if _enough(taken) or seconds >= windows.longest_s:
            break
        seconds = min(2 * seconds, windows.longest_s)
        left = windows.most_s - (time.perf_counter() - began)
        if count * (seconds + 2 * read_s) > left:
            break
    return _net_uj(taken, idle)


def _count(windows: Windows, meter: Meter, read_s: float) -> int:
    """Give the number of windows that fit; the fewest where a meter's shortest window is all.

    Raises:
        MeterError: the readings alone would take longer.
    """
    if 4 * FEWEST * read_s > windows.most_s:
        raise MeterError(
            f"reading the {meter.detail} took {read_s:.2f} s, and {4 * FEWEST} readings do not fit "
            f"into the {windows.most_s:g} s that this --measure has for energy"
        )
    idle_s = max(windows.idle_s / WINDOWS, meter.shortest_s)
    each = idle_s + max(windows.work_s, meter.shortest_s) + 4 * read_s
    return WINDOWS if WINDOWS * each <= windows.most_s else FEWEST


@dataclass(frozen=True)
class _Window:
    span: Span
    calls: int


def _enough(taken: Sequence[_Window]) -> bool:
    return all(one.span.joules >= ENOUGH * one.span.resolution_j for one in taken)


def _net_uj(taken: Sequence[_Window], idle: Amount) -> Amount:
    """Give microjoules per row above idle power.

    Raises:
        MeterError: there are none that the meter can tell.
    """
    if not max(one.span.joules for one in taken) > 0:
        raise MeterError("the meter read 0 J: below its resolution")
    calls, seconds = sum(one.calls for one in taken), sum(one.span.seconds for one in taken)
    uj = mean(
        [(one.span.joules - idle.mean * one.span.seconds) / one.calls * 1e6 for one in taken],
        [idle.mean * one.span.doubt_s / one.calls * 1e6 for one in taken],
    )
    from_idle = idle.half * seconds / calls * 1e6
    coarse = sum(one.span.resolution_j for one in taken) / calls * 1e6
    half = math.hypot(uj.half, from_idle) + coarse
    if uj.mean <= half:
        raise MeterError(
            f"below the meter's resolution: {uj.mean:.3g} uJ per row above an idle power of "
            f"{idle.mean:.3g} W, give or take {half:.3g} uJ"
        )
    return Amount(uj.mean, half)


def _window(work: Work, seconds: float, stamped: Stamped) -> _Window:
    stamped.start()
    try:
        calls = work(seconds)
    except BaseException:
        with contextlib.suppress(MeterError):
            stamped.stop()
        raise
    return _Window(stamped.stop(), calls)


def _score_for(score: Callable[[Any], object], rows: Sequence[Any], seconds: float) -> int:
    """Score for so many seconds, at least one row; give the number of rows."""
    calls, end = 0, time.perf_counter() + seconds
    while not calls or time.perf_counter() < end:
        score(rows[calls % len(rows)])
        calls += 1
    return calls
