"""A span lies between the middles of two readings, and its doubt follows from how long they took."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from idsbench import meter_span
from idsbench.meter_span import Span, Stamped, mean


@pytest.fixture
def slow(monkeypatch):
    """Give a meter of 10 W whose readings take some time, on a clock of its own."""
    now = 0.0

    class Meter:
        method, detail, whole, resolution_j, shortest_s = "meter", "fake", True, 0.5, 0.0

        def start(self) -> None:
            nonlocal now
            now += 0.2

        def stop(self) -> float:
            nonlocal now
            now += 1.0 + 0.6
            return 14.0

    monkeypatch.setattr(meter_span, "time", SimpleNamespace(perf_counter=lambda: now))
    return Meter()


def test_a_span_is_from_the_middle_of_a_reading_to_that_of_another(slow):
    slow.stop()  # the clock does not begin at 0
    stamped = Stamped(slow)
    stamped.start()
    assert stamped.read_s == pytest.approx(0.2)
    span = stamped.stop()
    assert span.seconds == pytest.approx(0.1 + 0.8)
    assert span.doubt_s == pytest.approx(1.96 * (0.2**2 / 12 + 1.6**2 / 12) ** 0.5)
    assert stamped.read_s == pytest.approx(0.2), "the quicker one"
    assert (span.joules, span.resolution_j) == (14.0, 0.5)


def test_power_is_joules_over_seconds():
    assert Span(6.0, 2.0).watts == 3.0
    assert Span(6.0, 0.0).watts == 0.0


def test_the_mean_of_windows_knows_the_doubt_of_each():
    assert mean([1.0, 2.0, 3.0], [0.0] * 3).half == pytest.approx(4.303 / 3**0.5)
    assert mean([1.0] * 5, [0.5] * 5).half == pytest.approx(0.5 / 5**0.5)
