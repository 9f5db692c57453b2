"""A line is on the front when no other one on its machine beats it."""

from __future__ import annotations

import pytest

from idsbench.pareto import front
from idsbench.ranking import Line


def _line(fpr, recall, size, latency, machine="m", flags=()) -> Line:
    row = {"fpr": fpr, "recall": recall, "size_bytes": size, "latency_p50_us": latency}
    return Line(({**row, "machine": machine, "flags": list(flags), "status": "ok"},))


BASE = (0.1, 0.9, 100, 50)


def test_one_line_alone_is_the_front():
    assert front([_line(*BASE)]) == [True]


@pytest.mark.parametrize(
    "better", [(0.05, 0.9, 100, 50), (0.1, 0.95, 100, 50), (0.1, 0.9, 99, 50), (0.1, 0.9, 100, 49)]
)
def test_who_is_nowhere_worse_and_somewhere_better_beats(better):
    assert front([_line(*BASE), _line(*better)]) == [False, True]


def test_who_is_worse_somewhere_beats_nobody():
    assert front([_line(*BASE), _line(0.01, 0.9, 101, 50)]) == [True, True]


def test_fewer_alarms_for_fewer_finds_beat_nobody():
    assert front([_line(*BASE), _line(0.0, 0.01, 10, 5)]) == [True, True]


def test_equal_lines_are_both_on_the_front():
    assert front([_line(*BASE), _line(*BASE)]) == [True, True]


def test_a_detector_that_sees_nothing_is_on_no_front_and_beats_nobody():
    blind = _line(0.0, 1.0, 1, 1, flags=["constant-scores"])
    assert front([_line(*BASE), blind]) == [True, False]


def test_latencies_of_two_machines_are_not_compared():
    assert front([_line(*BASE), _line(0.05, 0.95, 10, 5, machine="other")]) == [True, True]


@pytest.mark.parametrize("place", range(4))
def test_a_line_that_lacks_a_value_is_neither_on_the_front_nor_off_it(place):
    values = [*BASE]
    values[place] = None
    assert front([_line(*values), _line(*BASE)]) == [None, True]
