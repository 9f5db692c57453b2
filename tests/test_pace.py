"""A machine that runs slower than it did before is told."""

from __future__ import annotations

import pytest

from idsbench.pace import KEPT, compared, pace_us


def test_the_first_time_there_is_nothing_to_compare(tmp_path):
    assert compared(tmp_path, 100.0) == ""


SLOWER = "the machine ran 30% slower than at its fastest of the last {} measurements"


@pytest.mark.parametrize(("now", "told"), [(109.0, ""), (80.0, ""), (130.0, SLOWER.format(2))])
def test_a_pace_more_than_a_tenth_slower_is_told(tmp_path, now, told):
    compared(tmp_path, 100.0)
    assert compared(tmp_path, now) == told


def test_a_pace_that_stays_slow_is_told_each_time(tmp_path):
    compared(tmp_path, 100.0)
    assert [compared(tmp_path, 130.0) for _ in range(3)] == [SLOWER.format(n) for n in (2, 3, 4)]
    assert compared(tmp_path, 101.0) == ""


def test_a_machine_that_is_slower_for_good_is_no_longer_told_in_the_end(tmp_path):
    compared(tmp_path, 100.0)
    told = [compared(tmp_path, 130.0) for _ in range(KEPT + 1)]
    assert told[-2] == SLOWER.format(KEPT + 1)
    assert told[-1] == ""


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"paces_us": "x"}', '{"paces_us": [0]}', '{"pace_us": 1}']
)
def test_a_damaged_note_counts_as_none(tmp_path, text):
    compared(tmp_path, 100.0)
    (note,) = (tmp_path / "pace").iterdir()
    note.write_text(text)
    assert compared(tmp_path, 500.0) == ""


def test_the_real_pace_takes_some_time():
    assert 10 < pace_us(0.05) < 1e6
