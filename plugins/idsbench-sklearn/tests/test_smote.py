from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE

from idsbench.errors import CellError
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.smote import Smote


def rows(counts: tuple[int, ...], d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(counts))
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    x = (rng.normal(size=(len(y), d)) + y[:, None]).astype(np.float32)
    x[::7] = x[0]  # duplicates, as traffic has them
    return x, y


@pytest.mark.parametrize(
    ("counts", "ratio", "after"),
    [
        ((20, 300), 1.0, {0: 300, 1: 300}),
        ((300, 20), 1.0, {0: 300, 1: 300}),
        ((20, 300), 0.5, {0: 150, 1: 300}),
        ((40, 300, 100), 0.5, {0: 150, 1: 300, 2: 150}),
    ],
)
def test_smaller_classes_are_lifted_to_the_ratio(counts, ratio, after):
    x, y = rows(counts)
    out = Smote(ratio=ratio).resample(x, y, np.random.default_rng(0))
    assert Counter(out.y.tolist()) == after


@pytest.mark.parametrize("counts", [(20, 300), (300, 20), (40, 300, 100)])
def test_every_synthetic_row_lies_between_its_parents_of_its_own_class(counts):
    x, y = rows(counts)
    out = Smote().resample(x, y, np.random.default_rng(1))
    made = out.synthetic
    assert made.sum() == len(out.y) - len(y)
    assert (y[out.base[made]] == out.y[made]).all()
    assert (y[out.neighbour[made]] == out.y[made]).all()
    base = x[out.base[made]].astype(np.float64)
    step = x[out.neighbour[made]].astype(np.float64) - base
    moved = out.x[made].astype(np.float64) - base
    length = np.square(step).sum(axis=1)
    share = (moved * step).sum(axis=1) / np.where(length > 0, length, 1)
    assert share.min() >= -1e-6
    assert share.max() <= 1 + 1e-6
    np.testing.assert_allclose(moved, share[:, None] * step, atol=1e-5)
    # Most steps go somewhere: parents that are all one row would pass the lines above.
    assert (length > 0).mean() > 0.5


def test_the_neighbour_is_among_the_k_nearest_rows_of_the_class():
    x, y = rows((60, 90))
    x += np.random.default_rng(5).normal(scale=0.1, size=x.shape).astype(np.float32)
    out = Smote(k=2).resample(x, y, np.random.default_rng(1))
    members = np.flatnonzero(y == 0)
    for base, neighbour in zip(out.base[out.synthetic], out.neighbour[out.synthetic], strict=True):
        distance = np.linalg.norm(x[members] - x[base], axis=1)
        assert neighbour in members[np.argsort(distance)[1:3]]


@pytest.mark.parametrize("counts", [(20, 300), (40, 300, 100)])
def test_rows_are_those_of_imbalanced_learn_with_the_same_seed(counts):
    x, y = rows(counts)
    out = Smote(k=3).resample(x, y, np.random.default_rng(9))
    seed = draw_seed(np.random.default_rng(9))
    expected, labels = SMOTE(k_neighbors=3, random_state=seed).fit_resample(x, y)
    np.testing.assert_array_equal(out.x, expected)
    np.testing.assert_array_equal(out.y, labels)


def test_real_rows_come_first_unchanged_and_are_their_own_parents():
    x, y = rows((20, 300))
    out = Smote().resample(x, y, np.random.default_rng(0))
    np.testing.assert_array_equal(out.x[:320], x)
    np.testing.assert_array_equal(out.base[:320], np.arange(320))
    np.testing.assert_array_equal(out.neighbour[:320], np.arange(320))
    assert not out.synthetic[:320].any()


def test_types_are_those_of_the_contract():
    x, y = rows((20, 300))
    out = Smote().resample(x, y, np.random.default_rng(0))
    dtypes = [str(a.dtype) for a in (out.x, out.y, out.base, out.neighbour, out.synthetic)]
    assert dtypes == ["float32", "int16", "int64", "int64", "bool"]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    x, y = rows((20, 300))
    one, same, other = (Smote().resample(x, y, np.random.default_rng(s)).x for s in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_sampler_used_twice_reports_the_parents_of_the_last_call():
    sampler = Smote()
    sampler.resample(*rows((20, 300)), np.random.default_rng(0))
    out = sampler.resample(*rows((30, 100)), np.random.default_rng(0))
    assert len(out.base) == len(out.y) == 200


@pytest.mark.parametrize(("counts", "ratio"), [((50, 50), 1.0), ((60, 100), 0.6), ((3, 4), 0.5)])
def test_a_ratio_that_is_already_reached_changes_nothing(counts, ratio):
    x, y = rows(counts)
    out = Smote(ratio=ratio).resample(x, y, np.random.default_rng(0))
    np.testing.assert_array_equal(out.x, x)
    assert not out.synthetic.any()


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            (3, 300),
            "smote needs more than 5 rows of class 0 and is given 3: use smote[k=2] or more data",
        ),
        ((300, 1), "smote needs more than 5 rows of class 1 and is given 1: use more data"),
        (
            (300, 5, 4),
            "smote needs more than 5 rows of class 2 and is given 4: use smote[k=3] or more data",
        ),
        (
            (300,),
            "smote needs rows of two classes and is given only class 0: "
            "use another split, more data or sampler none",
        ),
        (
            (0,),
            "smote needs rows of two classes and is given no rows: "
            "use another split, more data or sampler none",
        ),
    ],
)
def test_too_few_rows_are_refused_with_what_would_do(counts, sentence):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(len(counts)), counts).astype(np.int16)
    with pytest.raises(CellError) as error:
        Smote().resample(rng.normal(size=(len(y), 3)).astype(np.float32), y, rng)
    assert str(error.value) == sentence


def test_the_k_that_the_refusal_names_works():
    x, y = rows((3, 300))
    assert len(Smote(k=2).resample(x, y, np.random.default_rng(0)).y) == 600
