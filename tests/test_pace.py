"""A machine that runs at another pace than the last time is told, once."""

from __future__ import annotations

import pytest

from idsbench.pace import compared, pace_us


def test_the_first_time_there_is_nothing_to_compare(tmp_path):
    assert compared(tmp_path, 100.0) == ""


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (109.0, ""),
        (92.0, ""),
        (130.0, "the machine ran 30% slower than at the measurement before this one"),
        (80.0, "the machine ran 25% faster than at the measurement before this one"),
    ],
)
def test_a_change_of_more_than_a_tenth_is_told(tmp_path, now, told):
    compared(tmp_path, 100.0)
    assert compared(tmp_path, now) == told
    assert compared(tmp_path, now) == "", "the last one counts"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pace_us": "x"}', '{"pace_us": 0}'])
def test_a_damaged_note_counts_as_none(tmp_path, text):
    compared(tmp_path, 100.0)
    (note,) = (tmp_path / "pace").iterdir()
    note.write_text(text)
    assert compared(tmp_path, 500.0) == ""


def test_the_real_pace_takes_some_time():
    assert 10 < pace_us(0.05) < 1e6
