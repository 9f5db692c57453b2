from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_sklearn.smote_rus import SmoteRus


def rows(counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(counts))
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int16)
    return (rng.normal(size=(len(y), 4)) + y[:, None]).astype(np.float32), y


@pytest.mark.parametrize(
    ("counts", "smote", "rus", "after"),
    [
        ((20, 300), 1.0, 1.0, {0: 300, 1: 300}),
        ((20, 300), 0.5, 1.0, {0: 150, 1: 150}),
        ((20, 400), 0.25, 0.5, {0: 100, 1: 200}),
        ((300, 20), 0.5, 1.0, {0: 150, 1: 150}),
        ((100, 400), 0.1, 1.0, {0: 100, 1: 100}),
        ((20, 400), 0.5, 0.25, {0: 200, 1: 400}),
        ((20, 400, 100), 0.5, 1.0, {0: 200, 1: 200, 2: 200}),
    ],
)
def test_smote_lifts_to_its_ratio_and_then_rus_cuts_to_its_own(counts, smote, rus, after):
    x, y = rows(counts)
    out = SmoteRus(smote=smote, rus=rus).resample(x, y, np.random.default_rng(0))
    assert Counter(out.y.tolist()) == after


def test_parents_are_rows_of_the_input_also_where_rows_were_cut():
    x, y = rows((400, 20))
    out = SmoteRus(smote=0.5, rus=1.0).resample(x, y, np.random.default_rng(0))
    real = ~out.synthetic
    np.testing.assert_array_equal(out.x[real], x[out.base[real]])
    np.testing.assert_array_equal(out.base[real], out.neighbour[real])
    assert out.synthetic.sum() == 180
    assert set(out.y[out.synthetic]) == {1}
    assert (y[out.base] == out.y).all()
    assert (y[out.neighbour] == out.y).all()
    base, end = x[out.base].astype(float), x[out.neighbour].astype(float)
    eps = 1e-5
    assert (out.x >= np.minimum(base, end) - eps).all()
    assert (out.x <= np.maximum(base, end) + eps).all()


def test_the_default_removes_no_row():
    x, y = rows((20, 300))
    out = SmoteRus().resample(x, y, np.random.default_rng(0))
    np.testing.assert_array_equal(out.x[:320], x)


def test_refusals_name_this_sampler():
    with pytest.raises(CellError) as error:
        SmoteRus(k=7).resample(*rows((4, 300)), np.random.default_rng(0))
    assert str(error.value) == (
        "smote-rus needs more than 7 rows of class 0 and is given 4: "
        "use smote-rus[k=3] or more data"
    )
