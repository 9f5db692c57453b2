"""The joules between two readings of a meter, and the seconds between these readings.

A reading takes time: a command is started, runs, and ends. The count that it prints was true at some
moment in between, so the middle of it is its time stamp and half of its width is how wrong that may
be. A delay that all readings share cancels; what differs between them is the doubt of a span.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from idsbench.meters import Meter

WINDOWS, FEWEST = 5, 3
T_95 = {WINDOWS: 2.776, FEWEST: 4.303}  # Student's t for 95 % of so many values
Z_95 = 1.96

T = TypeVar("T")


@dataclass(frozen=True)
class Amount:
    """A mean of several windows, and half the width of its 95 % interval."""

    mean: float
    half: float


@dataclass(frozen=True)
class Span:
    """What a meter counted.

    Args:
        joules: between two readings.
        seconds: between their time stamps.
        doubt_s: half of the 95 % interval of `seconds`.
        resolution_j: the smallest difference that the meter can tell.
    """

    joules: float
    seconds: float
    doubt_s: float = 0.0
    resolution_j: float = 0.0

    @property
    def watts(self) -> float:
        """Mean power."""
        return self.joules / self.seconds if self.seconds > 0 else 0.0


class Stamped:
    """A meter whose readings have time stamps; it is used once, as the meter is.

    `read_s` is how long a reading takes, the quicker of those made: a program starts slowly once.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.read_s = 0.0
        self._at = self._width = 0.0

    def start(self) -> None:
        """Begin.

        Raises:
            MeterError: the meter cannot be read.
        """
        _, self._at, self._width = _stamped(self.meter.start)
        self.read_s = self._width

    def stop(self) -> Span:
        """Give what was counted since `start`.

        Raises:
            MeterError: the meter cannot be read, or what it gave is no energy.
        """
        joules, at, width = _stamped(self.meter.stop)
        self.read_s = min(self.read_s, width)
        # Each reading is as likely at any moment of its width: a variance of width ** 2 / 12.
        doubt = Z_95 * math.hypot(width, self._width) / math.sqrt(12)
        return Span(joules, at - self._at, doubt, self.meter.resolution_j)


def _stamped(read: Callable[[], T]) -> tuple[T, float, float]:
    """Give what was read, the middle of the reading on the clock, and its width."""
    began = time.perf_counter()
    value = read()
    ended = time.perf_counter()
    return value, (began + ended) / 2, ended - began


def mean(values: Sequence[float], doubts: Sequence[float]) -> Amount:
    """Give the mean of windows with its interval.

    Args:
        values: one of each window; as many as `T_95` knows.
        doubts: half of each one's own 95 % interval.

    >>> round(mean([1.0, 1.0, 1.0], [0.3, 0.3, 0.3]).half, 3)
    0.173
    """
    count = len(values)
    spread = T_95[count] * statistics.stdev(values) / math.sqrt(count)
    return Amount(statistics.fmean(values), math.hypot(spread, math.hypot(*doubts) / count))
