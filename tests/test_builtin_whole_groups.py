"""Groups stay whole, parts get their shares, and every class that can be is in every part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.builtin.whole_groups import assign, tally

SHARES = (0.15, 0.15, 0.70)


def _assign(counts, shares=SHARES, seed=0):
    return assign(np.array(counts, dtype=np.int64), shares, np.random.default_rng(seed))


def _rows(counts, part, label):
    return np.bincount(part, weights=np.array(counts)[:, label], minlength=3)


@pytest.mark.parametrize("seed", range(5))
def test_many_small_groups_give_each_class_its_shares_in_every_part(seed):
    rng = np.random.default_rng(seed)
    counts = np.zeros((3000, 2), dtype=np.int64)
    counts[np.arange(3000), rng.integers(0, 2, 3000)] = rng.integers(1, 20, 3000)
    part = _assign(counts, seed=seed)
    for label in (0, 1):
        shares = _rows(counts, part, label) / counts[:, label].sum()
        np.testing.assert_allclose(shares, SHARES, atol=0.01)


def test_a_class_in_one_group_is_in_the_last_part():
    assert _assign([[5, 0]] * 20 + [[0, 80]])[-1] == 2


@pytest.mark.parametrize("seed", range(10))
def test_a_class_in_two_groups_is_in_the_last_two_parts(seed):
    assert sorted(_assign([[5, 0]] * 20 + [[0, 40], [0, 41]], seed=seed)[-2:]) == [1, 2]


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(1, 1000), min_size=3, max_size=30), st.integers(0, 99))
def test_a_class_in_three_groups_or_more_is_in_every_part_however_large_they_are(sizes, seed):
    part = _assign([[size] for size in sizes], seed=seed)
    assert set(part) == {0, 1, 2}


@pytest.mark.parametrize("seed", range(10))
def test_a_group_larger_than_a_part_leaves_the_small_ones_to_all_parts(seed):
    counts = [[770]] + [[7]] * 33
    part = _assign(counts, seed=seed)
    assert part[0] == 2
    assert (np.bincount(part[1:], minlength=3) >= 8).all()


def test_groups_of_mixed_labels_are_dealt_by_themselves():
    pure = [[10, 0]] * 500 + [[0, 10]] * 500
    part = _assign(pure + [[6, 4]] * 100)
    assert np.bincount(part[1000:]).tolist() == [15, 15, 70]


def test_folds_are_of_equal_size_and_a_large_group_is_in_none_of_them_by_rule():
    counts = [[300]] + [[10]] * 100
    folds = [_assign(counts, (0.2,) * 5, seed) for seed in range(30)]
    assert {int(part[0]) for part in folds} == {0, 1, 2, 3, 4}
    for part in folds:
        others = np.delete(np.bincount(part, weights=np.array(counts)[:, 0]), part[0])
        assert np.ptp(others) <= 20


def test_another_seed_deals_otherwise_and_the_same_seed_alike():
    counts = [[3, 0]] * 100 + [[0, 3]] * 100
    assert np.array_equal(_assign(counts), _assign(counts))
    assert not np.array_equal(_assign(counts), _assign(counts, seed=1))


def test_rows_are_tallied_by_group_and_class():
    place, counts = tally(np.array([9, -4, 9, 9]), np.array([0, 1, 1, 0]), 3)
    assert place.tolist() == [1, 0, 1, 1]
    assert counts.tolist() == [[0, 1, 0], [2, 1, 0]]
