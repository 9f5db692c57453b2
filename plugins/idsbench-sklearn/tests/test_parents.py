from __future__ import annotations

import numpy as np

from idsbench_sklearn.parents import ParentSmote


def test_parents_are_rows_of_the_whole_input_and_give_the_row_between_them():
    # Class 0 lies on a line where every value names its row; class 1 is far away.
    x = np.concatenate([np.arange(8.0) * 10, np.full(30, 1e4)])[:, None].astype(np.float32)
    y = np.repeat([0, 1], [8, 30]).astype(np.int16)
    order = np.random.default_rng(0).permutation(38)
    x, y = x[order], y[order]
    smote = ParentSmote(random_state=0, k_neighbors=2)
    out, _ = smote.fit_resample(x, y)
    base, neighbour = smote.parents(y)
    made = out[38:]
    low, high = np.minimum(x[base], x[neighbour]), np.maximum(x[base], x[neighbour])
    assert (base != neighbour).all()
    assert ((low <= made) & (made <= high)).all()
    assert len(np.unique(base)) > 4


def test_a_second_call_forgets_the_parents_of_the_first():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).astype(np.float32)
    smote = ParentSmote(random_state=0)
    for minority in (10, 15):
        y = np.repeat([0, 1], [minority, 40 - minority]).astype(np.int16)
        smote.fit_resample(x, y)
        assert len(smote.parents(y)[0]) == 40 - 2 * minority
