"""Energy of one phase: a fresh meter for each, idle power subtracted where it is measured.

A meter that sees the whole device (RAPL, NVML, a power meter) also sees it idle, and whatever else
runs there. Idle power is measured just before the phase and subtracted, with its interval; where
other processes took part the figure is missing, because no such meter tells them apart. What the
meter cannot resolve is missing too, never 0. docs/energy.md has the methods.
"""

from __future__ import annotations

import contextlib
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from idsbench.meters import AUTO, NONE, PROCESSOR, Meter, MeterError, choose

WINDOWS = 5
T_95 = 2.776  # Student's t for 95 % of five values
OTHERS_SHARE, OTHERS_S = 0.1, 0.1


@dataclass(frozen=True)
class Amount:
    """A mean of several windows, and half the width of its 95 % interval."""

    mean: float
    half: float


@dataclass
class Reading:
    """What a meter says of a phase.

    Args:
        joules: idle power subtracted where `idle` is known; None where it was not measured.
        method: rapl, nvml, meter, model or none.
        detail: what was read, for the record.
        reason: why there is no figure.
        seconds: how long the phase lasted.
        idle: watts of the idle device, before the phase.
    """

    joules: float | None = None
    method: str = NONE
    detail: str = ""
    reason: str = ""
    seconds: float = 0.0
    idle: Amount | None = None


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
        reading.idle = idle_power(which, device, idle_s) if meter.whole else None
        meter.start()
    except MeterError as error:
        reading.reason = str(error)
        yield reading
        return
    others, started = Others(), time.perf_counter()
    try:
        yield reading
    finally:
        reading.seconds = time.perf_counter() - started
        _stop(meter, reading, others)


def _stop(meter: Meter, reading: Reading, others: Others) -> None:
    try:
        joules = meter.stop()
        reading.method, reading.detail = meter.method, meter.detail
        reading.joules = _net(joules, meter, reading)
        if meter.whole:
            others.check()
    except MeterError as error:
        reading.joules, reading.reason = None, str(error)


def _net(joules: float, meter: Meter, reading: Reading) -> float:
    """Subtract idle power.

    Raises:
        MeterError: the phase was too short, or nothing is left that the meter can tell.
    """
    if reading.seconds < meter.shortest_s:
        raise MeterError(
            f"the phase lasted {reading.seconds:.3f} s, below the meter's {meter.shortest_s:g} s"
        )
    if not joules > 0:
        raise MeterError("the meter read 0 J: below its resolution")
    if reading.idle is None:
        return joules
    net = joules - reading.idle.mean * reading.seconds
    doubt = reading.idle.half * reading.seconds + meter.resolution_j
    if net <= doubt:
        raise MeterError(
            f"below the meter's resolution: {net:.3g} J above an idle power of "
            f"{reading.idle.mean:.3g} W, give or take {doubt:.3g} J"
        )
    return net


def idle_power(which: str, device: str, seconds: float) -> Amount:
    """Measure the device while this process sleeps; watts.

    Raises:
        MeterError: the meter cannot be read.
    """
    powers = []
    for _ in range(WINDOWS):
        meter = choose(which, device)
        started = time.perf_counter()
        meter.start()
        time.sleep(max(seconds / WINDOWS, meter.shortest_s))
        joules = meter.stop()
        powers.append(joules / (time.perf_counter() - started))
    return mean(powers)


def mean(values: Sequence[float]) -> Amount:
    """Give the mean of `WINDOWS` values with its interval."""
    spread = statistics.stdev(values)
    return Amount(statistics.fmean(values), T_95 * spread / math.sqrt(len(values)))


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
