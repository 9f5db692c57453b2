from __future__ import annotations

import numpy as np
import pytest

from idsbench.values import Batch
from idsbench_sklearn.random_forest import RandomForest


def drawn(classes: int = 2) -> Batch:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, 400).astype(np.int16)
    return Batch((rng.normal(size=(400, 3)) + y[:, None]).astype(np.float32), y)


def fitted(model: RandomForest, data: Batch) -> RandomForest:
    model.fit(data, data, np.random.default_rng(0), lambda entry: None)
    return model


@pytest.mark.parametrize(("classes", "values"), [(2, 1), (3, 3)])
def test_parameters_are_counted_over_all_trees(classes, values):
    model = fitted(RandomForest(trees=4), drawn(classes))
    trees = [tree.tree_ for tree in model._estimator.estimators_]
    # A binary tree has one inner node fewer than leaves.
    expected = sum(2 * (t.n_leaves - 1) + values * t.n_leaves for t in trees)
    assert len(trees) == 4
    assert model.parameter_count() == expected
    assert model.macs() is None


def test_depth_is_limited():
    model = fitted(RandomForest(trees=3, max_depth=2), drawn())
    assert {tree.get_depth() for tree in model._estimator.estimators_} == {2}


def test_the_trees_do_not_depend_on_how_many_cpus_there_are(monkeypatch):
    data = drawn()
    scores = []
    for cpus in (1, 3):
        monkeypatch.setattr("joblib.cpu_count", lambda cpus=cpus: cpus)
        scores.append(fitted(RandomForest(trees=8), data).scores(data.x))
    np.testing.assert_array_equal(scores[0], scores[1])


@pytest.mark.parametrize("classes", [2, 3])
def test_scores_are_those_of_scikit_learn_to_the_last_bit(classes):
    data = drawn(classes)
    model = fitted(RandomForest(trees=30, max_depth=4), data)
    expected = model._estimator.set_params(n_jobs=1).predict_proba(data.x)
    np.testing.assert_array_equal(
        model.scores(data.x), expected[:, 1] if classes == 2 else expected
    )


def test_a_forest_restored_with_three_threads_scores_as_with_one_to_the_last_bit(tmp_path):
    data = drawn()
    model = fitted(RandomForest(trees=30, max_depth=4), data)
    model.save(tmp_path)
    many = np.random.default_rng(1).normal(size=(2_500, 3)).astype(np.float32)
    scores = []
    for threads in (1, 3):
        again = RandomForest()
        again.restore(tmp_path, threads)
        scores.append(again.scores(many))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_rows_with_other_columns_are_refused():
    model = fitted(RandomForest(trees=2), drawn())
    with pytest.raises(ValueError, match="columns") as error:
        model.scores(np.zeros((4, 2), np.float32))
    assert str(error.value) == "random-forest was fitted on 3 columns and is given (4, 2)"
