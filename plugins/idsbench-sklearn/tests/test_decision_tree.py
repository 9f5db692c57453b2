from __future__ import annotations

import numpy as np
import pytest

from idsbench.values import Batch
from idsbench_sklearn.decision_tree import DecisionTree


def fit(model: DecisionTree, x, y):
    data = Batch(np.asarray(x, np.float32), np.asarray(y, np.int16))
    return model.fit(data, data, np.random.default_rng(0), lambda entry: None)


@pytest.mark.parametrize(
    ("y", "count"),
    [
        # One split (feature, threshold) and two leaves of 1 value.
        ([0, 0, 1, 1], 2 + 2),
        # Two splits and three leaves of 1 value.
        ([0, 1, 1, 0], 4 + 3),
        # Two splits and three leaves of 3 values.
        ([0, 1, 1, 2], 4 + 9),
    ],
)
def test_parameters_are_feature_and_threshold_per_split_and_the_values_of_each_leaf(y, count):
    model = DecisionTree()
    fit(model, [[1], [2], [3], [4]], y)
    assert model.parameter_count() == count
    assert model.macs() is None


def test_depth_is_limited_and_reported():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)), rng.integers(0, 2, 300)
    assert dict(fit(DecisionTree(max_depth=2), x, y).assumed) == {"depth": 2}
    assert fit(DecisionTree(), x, y).assumed["depth"] > 2


def test_scores_are_the_share_of_attacks_in_the_leaf():
    model = DecisionTree(max_depth=1)
    fit(model, [[1], [1], [1], [5]], [0, 0, 1, 1])
    np.testing.assert_allclose(model.scores(np.array([[1], [5]], np.float32)), [1 / 3, 1])
