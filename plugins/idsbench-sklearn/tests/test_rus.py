from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from imblearn.under_sampling import RandomUnderSampler

from idsbench.errors import CellError
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.rus import Rus


def rows(counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(counts))
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    return rng.normal(size=(len(y), 3)).astype(np.float32), y


@pytest.mark.parametrize(
    ("counts", "ratio", "after"),
    [
        ((20, 300), 1.0, {0: 20, 1: 20}),
        ((300, 20), 0.5, {0: 40, 1: 20}),
        ((20, 300, 30), 0.5, {0: 20, 1: 40, 2: 30}),
        ((20, 300), 0.05, {0: 20, 1: 300}),
        ((50, 50), 1.0, {0: 50, 1: 50}),
    ],
)
def test_larger_classes_are_cut_to_the_ratio_and_no_further(counts, ratio, after):
    x, y = rows(counts)
    out = Rus(ratio).resample(x, y, np.random.default_rng(0))
    assert Counter(out.y.tolist()) == after


def test_rows_that_stay_are_real_distinct_in_order_and_their_own_parents():
    x, y = rows((20, 300))
    out = Rus().resample(x, y, np.random.default_rng(0))
    assert (np.diff(out.base) > 0).all()
    np.testing.assert_array_equal(out.base, out.neighbour)
    np.testing.assert_array_equal(out.x, x[out.base])
    np.testing.assert_array_equal(out.y, y[out.base])
    assert not out.synthetic.any()
    dtypes = [str(a.dtype) for a in (out.x, out.y, out.base, out.neighbour, out.synthetic)]
    assert dtypes == ["float32", "int16", "int64", "int64", "bool"]


def test_rows_that_stay_are_those_of_imbalanced_learn_with_the_same_seed():
    x, y = rows((20, 300, 70))
    out = Rus().resample(x, y, np.random.default_rng(4))
    plain = RandomUnderSampler(random_state=draw_seed(np.random.default_rng(4)))
    plain.fit_resample(x, y)
    assert out.base.tolist() == sorted(plain.sample_indices_.tolist())


def test_one_class_alone_is_refused():
    with pytest.raises(CellError) as error:
        Rus().resample(*rows((30,)), np.random.default_rng(0))
    assert str(error.value) == (
        "rus needs rows of two classes and is given only class 0: "
        "use another split, more data or sampler none"
    )
