"""The default split keeps the class mix, uses every row once and depends on the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.builtin.stratified import StratifiedSplit
from idsbench.errors import CellError
from idsbench.values import Labels, Rows, Split

PARTS = ("train", "valid", "test")


def _rows(*counts: int) -> Rows:
    y = np.random.default_rng(7).permutation(np.repeat(np.arange(len(counts)), counts))
    y = y.astype(np.int16)
    vector = np.zeros(len(y), dtype=np.uint64)
    return Rows(y, None, None, Labels(y, tuple("abcdefgh"[: len(counts)])), vector)


def _split(rows: Rows, seed: int = 0) -> Split:
    return StratifiedSplit().split(rows, np.random.default_rng(seed))


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(3, 300), min_size=1, max_size=6))
def test_every_row_is_in_one_part_and_every_class_in_each_at_70_15_15(counts):
    rows = _rows(*counts)
    split = _split(rows)
    parts = [getattr(split, name) for name in PARTS]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(rows.y)))
    for part, share in zip(parts, (0.70, 0.15, 0.15), strict=True):
        assert part.dtype == np.int64
        assert np.array_equal(part, np.sort(part))
        taken = np.bincount(rows.y[part], minlength=len(counts))
        assert taken.min() >= 1
        assert (np.abs(taken - share * np.array(counts)) <= 1.1).all()


def test_the_shares_are_exact_where_they_can_be():
    split = _split(_rows(200, 1000))
    assert [len(getattr(split, name)) for name in PARTS] == [840, 180, 180]


def test_the_same_seed_gives_the_same_split_and_another_another():
    rows = _rows(50, 50)
    one, again, other = _split(rows), _split(rows), _split(rows, 1)
    assert all(np.array_equal(getattr(one, name), getattr(again, name)) for name in PARTS)
    assert not np.array_equal(one.test, other.test)


def test_rows_are_drawn_at_random_not_in_file_order():
    split = _split(_rows(1000))
    assert abs(split.test.mean() - 500) < 60
    assert np.diff(split.test).max() > 1


def test_a_class_too_small_for_three_parts_is_said():
    with pytest.raises(CellError) as caught:
        _split(_rows(10, 2))
    assert str(caught.value) == "class 1 has 2 rows: each of the three parts needs one"
