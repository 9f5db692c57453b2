"""A trial is scored on captured training rows that share nothing with those it learned from."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.rowstore import Part
from idsbench.tune_rows import HELD_OUT, hold_out


def _rows(y, base=None, neighbour=None, synthetic=None) -> Part:
    n = len(y)
    base = np.arange(n) if base is None else base
    neighbour = base if neighbour is None else neighbour
    synthetic = np.zeros(n, dtype=bool) if synthetic is None else synthetic
    return Part(np.zeros((n, 1), np.float32), np.asarray(y, np.int16), base, neighbour, synthetic)


def _hold(part, seed=0, **keys):
    return hold_out(part, keys, np.random.default_rng(seed))


def test_about_a_fifth_of_each_class_is_held_out():
    y = np.repeat([0, 1, 2], [1000, 3000, 200])
    held = _hold(_rows(y), rows=np.arange(len(y)))
    assert np.bincount(y[held.score]) == pytest.approx(HELD_OUT * np.bincount(y), rel=0.02)
    assert len(held.learn) + len(held.score) == len(y)
    assert not np.intersect1d(held.learn, held.score).size


def test_rows_of_one_group_stay_on_one_side():
    rng = np.random.default_rng(1)
    y, group = rng.integers(0, 2, 2000), rng.integers(0, 40, 2000)
    held = _hold(_rows(y), groups=group)
    assert held.by == "groups"
    assert not np.intersect1d(group[held.learn], group[held.score]).size
    assert 0.1 < len(held.score) / 2000 < 0.3


def test_a_child_is_never_learned_from_when_a_parent_is_scored():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 300)
    base = np.concatenate([np.arange(300), rng.integers(0, 300, 200)])
    neighbour = np.concatenate([np.arange(300), rng.integers(0, 300, 200)])
    synthetic = np.arange(500) >= 300
    rows = _rows(np.concatenate([y, y[base[300:]]]), base, neighbour, synthetic)
    group = np.arange(300) // 3  # of table rows
    held = _hold(rows, groups=group)
    assert not synthetic[held.score].any()
    assert synthetic[held.learn].any()
    kept = np.union1d(group[base[held.learn]], group[neighbour[held.learn]])
    assert not np.intersect1d(kept, group[base[held.score]]).size


def test_where_groups_would_leave_one_kind_the_next_key_is_taken():
    y = np.repeat([0, 1], [100, 400])
    held = _hold(_rows(y), groups=y.astype(np.int64), vectors=np.arange(500))
    assert held.by == "vectors"
    assert np.unique(y[held.score]).tolist() == np.unique(y[held.learn]).tolist() == [0, 1]


def test_two_groups_of_a_class_are_one_for_each_side():
    y = np.repeat([0, 1, 0, 1], [10, 90, 400, 300])
    group = np.repeat([0, 1, 2, 3], [10, 90, 400, 300])
    held = _hold(_rows(y), groups=group)
    assert np.unique(group[held.score]).tolist() == [0, 1]


def test_rows_that_cannot_be_divided_are_an_error_that_says_what_to_do():
    y = np.array([0, 1, 1, 1, 1])
    with pytest.raises(CellError) as caught:
        _hold(_rows(y), vectors=np.arange(5))
    assert str(caught.value) == (
        "the training rows cannot be divided for --tune with benign rows and attacks on both "
        "sides: use more data, or run without --tune"
    )


def test_the_same_generator_holds_out_the_same():
    rows = _rows(np.repeat([0, 1], 500))
    one, again, other = (_hold(rows, seed, rows=np.arange(1000)) for seed in (0, 0, 1))
    assert np.array_equal(one.score, again.score)
    assert not np.array_equal(one.score, other.score)
