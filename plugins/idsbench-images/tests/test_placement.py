from __future__ import annotations

import numpy as np
import pytest

from idsbench_images.placement import _savings, grid, igtd, mismatch, projected

LAYOUTS = {"correlated": projected, "igtd": igtd}


def grouped(d: int, size: int, seed: int = 0) -> np.ndarray:
    """Correlations of d columns in groups of `size` that go together, shuffled over the table."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(d) // size
    r = np.where(group[:, None] == group[None, :], 0.9, 0.1)
    r = r + 0.01 * rng.random((d, d))
    r = (r + r.T) / 2
    np.fill_diagonal(r, 1.0)
    return r


def mean_distance(r: np.ndarray, places: np.ndarray, at: np.ndarray) -> tuple[float, float]:
    """Mean distance in pixels of pairs that go together, and of all others."""
    distance = np.linalg.norm(places[at][:, None] - places[at][None], axis=2)
    together = np.abs(r) > 0.5
    np.fill_diagonal(together, False)
    apart = ~together & ~np.eye(len(r), dtype=bool)
    return distance[together].mean(), distance[apart].mean()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_column_gets_a_place_of_its_own(name, channels):
    places = grid(6, channels)
    at = LAYOUTS[name](grouped(33, 5), places)
    assert (at.shape, at.dtype) == ((33,), np.int64)
    assert len(set(at.tolist())) == 33
    assert 0 <= at.min() <= at.max() < len(places)


@pytest.mark.parametrize("name", LAYOUTS)
def test_columns_that_go_together_come_closer_than_others(name):
    r, places = grouped(36, 6), grid(6, 1)
    near, far = mean_distance(r, places, LAYOUTS[name](r, places))
    before_near, before_far = mean_distance(r, places, np.arange(36))
    assert near < 0.75 * far
    assert near < 0.75 * before_near
    assert before_near == pytest.approx(before_far, rel=0.2)


@pytest.mark.parametrize("name", LAYOUTS)
def test_in_colour_three_columns_that_mirror_one_another_share_a_pixel(name):
    r = grouped(12, 3)
    np.copyto(r, np.where(r > 0.5, -1.0, 0.0))
    np.fill_diagonal(r, 1.0)
    at = LAYOUTS[name](r, grid(2, 3)) // 3
    shared = [len({*at[np.abs(r[j]) > 0.5].tolist()}) == 1 for j in range(12)]
    assert np.mean(shared) == 1


def test_igtd_makes_the_mismatch_of_ranks_smaller_and_no_swap_makes_it_smaller_still():
    r, places = grouped(14, 4), grid(4, 1)
    at = igtd(r, places)
    best = mismatch(r, places, at)
    assert best < mismatch(r, places, np.arange(14)) * 0.9
    free = np.concatenate([at, np.setdiff1d(np.arange(16), at)])
    for a in range(14):
        for b in range(16):
            swapped = free.copy()
            swapped[[a, b]] = swapped[[b, a]]
            assert mismatch(r, places, swapped[:14]) >= best - 1e-9


def test_what_a_swap_saves_is_the_difference_of_the_sums_before_and_after():
    rng = np.random.default_rng(0)
    wanted, offered = rng.random((5, 5)), rng.random((7, 7))
    wanted, offered = wanted + wanted.T, offered + offered.T
    np.fill_diagonal(wanted, 0)
    np.fill_diagonal(offered, 0)
    at = rng.permutation(7)

    def total(at: np.ndarray) -> float:
        return np.abs(wanted - offered[np.ix_(at[:5], at[:5])])[np.triu_indices(5, 1)].sum()

    for column in range(5):
        saved = _savings(column, at, wanted, offered)
        for other in range(7):
            swapped = at.copy()
            swapped[[column, other]] = at[[other, column]]
            assert saved[other] == pytest.approx(total(at) - total(swapped), abs=1e-12)


def test_rankings_that_agree_have_no_mismatch():
    places = grid(3, 1)[[0, 1, 3]]
    r = np.array([[1, 0.9, -0.9], [0.9, 1, 0.1], [-0.9, 0.1, 1]])
    assert mismatch(r, places, np.arange(3)) == 0


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("name", LAYOUTS)
def test_one_or_two_columns_have_places_too(name, d):
    r = np.full((d, d), 0.5)
    np.fill_diagonal(r, 1.0)
    at = LAYOUTS[name](r, grid(d, 1))
    assert len(set(at.tolist())) == d


@pytest.mark.parametrize("name", LAYOUTS)
def test_columns_that_are_all_alike_still_have_places_of_their_own(name):
    assert len(set(LAYOUTS[name](np.ones((9, 9)), grid(3, 1)).tolist())) == 9


def test_the_grid_runs_row_by_row_and_through_the_channels():
    assert grid(2, 1).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert grid(2, 3)[:4].tolist() == [[0, 0], [0, 0], [0, 0], [0, 1]]
