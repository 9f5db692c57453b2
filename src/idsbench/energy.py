"""Energy of one phase: a fresh meter for each, idle power subtracted where it is measured.

A meter that sees the whole device (RAPL, NVML, a power meter) also sees it idle, and whatever else
runs there. Idle power is measured just before the phase and subtracted, with its interval; where
other processes took part the figure is missing, because no such meter tells them apart. What the
meter cannot resolve is missing too, never 0. docs/energy.md has the methods.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idsbench.meter_span import FEWEST, WINDOWS, Amount, Span, Stamped, mean
from idsbench.meters import AUTO, NONE, PROCESSOR, MeterError, choose

OTHERS_SHARE, OTHERS_S = 0.1, 0.1
SLOW_READ_S, READS_A_WINDOW, LONG_S = 0.05, 4, 0.5


@dataclass
class Reading:
    """What a meter says of a phase.

    Args:
        joules: idle power subtracted where `idle` is known; None where it was not measured.
        method: rapl, nvml, meter, model or none.
        detail: what was read, for the record.
        reason: why there is no figure.
        seconds: how long the phase lasted; under a meter that was read, from reading to reading.
        idle: watts of the idle device, before the phase.
        half: half of the 95 % interval of `joules`; None where they were not measured.
    """

    joules: float | None = None
    method: str = NONE
    detail: str = ""
    reason: str = ""
    seconds: float = 0.0
    idle: Amount | None = None
    half: float | None = None


def facts(reading: Reading) -> dict[str, float | None]:
    """Give what a record says of a phase besides its energy: seconds, and idle power in watts."""
    idle = reading.idle
    return {
        "seconds": reading.seconds,
        "idle_w": idle.mean if idle else None,
        "idle_w_half": idle.half if idle else None,
    }


def warm() -> None:
    """Let codecarbon detect the hardware once, in the fork server, so that no phase waits for it."""
    with contextlib.suppress(MeterError):
        meter = choose(AUTO)
        if not meter.whole:
            meter.start()
            meter.stop()


@contextmanager
def metered(which: str = AUTO, device: str = PROCESSOR, idle_s: float = 0.25) -> Iterator[Reading]:
    """Measure the block once; the reading is filled in when it ends.

    Args:
        which: the meter, as in `meters.choose`.
        device: where the work is done, "cpu" or "cuda".
        idle_s: how long the idle device is measured before, by meters that see it.
    """
    reading = Reading()
    try:
        meter = choose(which, device)
        reading.detail = meter.detail
        reading.idle = _idle_before((which, device), idle_s) if meter.whole else None
        stamped = Stamped(meter)
        stamped.start()
    except MeterError as error:
        reading.reason = str(error)
        yield reading
        return
    others, started = Others(), time.perf_counter()
    try:
        yield reading
    finally:
        reading.seconds = time.perf_counter() - started
        _stop(stamped, reading, others)


def _stop(stamped: Stamped, reading: Reading, others: Others) -> None:
    meter = stamped.meter
    try:
        span = stamped.stop()
        reading.method, reading.detail = meter.method, meter.detail
        if reading.seconds < meter.shortest_s:
            raise MeterError(
                f"the phase lasted {reading.seconds:.3f} s, below the meter's {meter.shortest_s:g} s"
            )
        if not span.joules > 0:
            raise MeterError("the meter read 0 J: below its resolution")
        if reading.idle is None:
            reading.joules = span.joules
            return
        reading.seconds = span.seconds
        net = _net(span, reading.idle)
        others.check()
        reading.joules, reading.half = net.mean, net.half
    except MeterError as error:
        reading.reason = str(error)


def _net(span: Span, idle: Amount) -> Amount:
    """Subtract idle power.

    Raises:
        MeterError: nothing is left that the meter can tell.
    """
    net = span.joules - idle.mean * span.seconds
    doubt = idle.half * span.seconds + idle.mean * span.doubt_s + span.resolution_j
    if net <= doubt:
        raise MeterError(
            f"below the meter's resolution: {net:.3g} J above an idle power of "
            f"{idle.mean:.3g} W, give or take {doubt:.3g} J"
        )
    return Amount(net, doubt)


def _idle_before(chosen: tuple[str, str], seconds: float) -> Amount:
    """Measure the idle device before a phase; longer where reading takes long, less often too."""

    read_s = reading_s(chosen)
    if read_s <= SLOW_READ_S:
        return idle_power(chosen, WINDOWS, seconds / WINDOWS)
    longer = min(READS_A_WINDOW * read_s, LONG_S)
    return idle_power(chosen, FEWEST, max(seconds / WINDOWS, longer))


def reading_s(chosen: tuple[str, str], most_s: float = math.inf) -> float:
    """Give how long the meter takes to be read: the quicker of two readings.

    Args:
        chosen: the meter and the device, as in `meters.choose`.
        most_s: where the first reading takes longer, there is no second.

    Raises:
        MeterError: the meter cannot be read.
    """
    stamped = Stamped(choose(*chosen))
    stamped.start()
    if stamped.read_s < most_s:
        stamped.stop()
    return stamped.read_s


def idle_power(chosen: tuple[str, str], count: int, seconds: float) -> Amount:
    """Measure the device while this process sleeps; watts.

    Args:
        chosen: the meter and the device, as in `meters.choose`.
        count: of windows.
        seconds: of each; none is shorter than the meter's shortest.

    Raises:
        MeterError: the meter cannot be read.
    """
    spans: list[Span] = []
    for _ in range(count):
        stamped = Stamped(choose(*chosen))
        stamped.start()
        time.sleep(max(seconds, stamped.meter.shortest_s))
        spans.append(stamped.stop())
    doubts = [span.watts * span.doubt_s / span.seconds for span in spans]
    return mean([span.watts for span in spans], doubts)


class Others:
    """Processor time that other processes used since it was made."""

    def __init__(self) -> None:
        self._all, self._own = _busy_s(), _own_s()

    def check(self) -> None:
        """Refuse a figure that holds much of others' work.

        Raises:
            MeterError: they used a tenth of what this process used, or more.
        """
        own = _own_s() - self._own
        others = _busy_s() - self._all - own
        if others > max(OTHERS_SHARE * own, OTHERS_S):
            raise MeterError(
                f"other processes used {others:.2f} s of processor time beside the {own:.2f} s of "
                "this one, and the meter cannot tell them apart"
            )


def _busy_s() -> float:
    import psutil

    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq")
    return float(sum(getattr(times, name, 0.0) for name in names))


def _own_s() -> float:
    import psutil

    return float(sum(psutil.Process().cpu_times()[:4]))
