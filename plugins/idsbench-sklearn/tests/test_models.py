"""What holds for all four classifiers alike."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_sklearn.decision_tree import DecisionTree
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting
from idsbench_sklearn.logistic import Logistic
from idsbench_sklearn.random_forest import RandomForest

BUILD = {
    "logistic": Logistic,
    "decision-tree": lambda: DecisionTree(max_depth=6),
    "random-forest": lambda: RandomForest(trees=15),
    "hist-gradient-boosting": lambda: HistGradientBoosting(iterations=20),
}


def drawn(classes: int, n: int = 600) -> Batch:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, n).astype(np.int16)
    x = rng.normal(size=(n, 5)).astype(np.float32)
    x[:, 0] += 2 * y
    return Batch(x, y)


def fit(model, train: Batch, valid: Batch | None = None, seed: int = 0):
    rng = np.random.default_rng(seed)
    return model.fit(train, valid or train, rng, lambda entry: None)


def without(batch: Batch, label: int) -> Batch:
    kept = batch.y != label
    return Batch(batch.x[kept], batch.y[kept])


@pytest.fixture(params=BUILD)
def name(request) -> str:
    return request.param


def test_binary_scores_are_the_probability_of_attack(name):
    data = drawn(2)
    model = BUILD[name]()
    fit(model, data)
    scores = model.scores(data.x)
    assert (scores.shape, scores.dtype) == ((600,), np.float64)
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert ((scores >= 0.5) == (data.y == 1)).mean() > 0.8


def test_multi_class_scores_are_a_probability_per_class(name):
    data = drawn(4)
    model = BUILD[name]()
    fit(model, data)
    scores = model.scores(data.x)
    assert (scores.shape, scores.dtype) == ((600, 4), np.float64)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert (scores.argmax(axis=1) == data.y).mean() > 0.6


def test_a_class_without_training_rows_keeps_its_column_and_scores_nothing(name):
    data = drawn(4)
    model = BUILD[name]()
    fit(model, without(data, 2), data)
    scores = model.scores(data.x)
    assert scores.shape == (600, 4)
    assert not scores[:, 2].any()
    assert (scores[:, [0, 1, 3]].argmax(axis=1) == np.array([0, 1, 9, 2])[data.y]).mean() > 0.4


def test_the_last_class_without_training_rows_keeps_its_column_if_validation_has_it(name):
    data = drawn(4)
    model = BUILD[name]()
    fit(model, without(data, 3), data)
    assert model.scores(data.x).shape == (600, 4)


def test_validation_may_be_empty(name):
    data = drawn(2)
    model = BUILD[name]()
    fit(model, data, Batch(data.x[:0], data.y[:0]))
    assert model.scores(data.x).shape == (600,)


def test_the_same_seed_gives_the_same_scores_to_the_last_bit(name):
    data = drawn(3)
    one, other = BUILD[name](), BUILD[name]()
    fit(one, data, seed=5)
    fit(other, data, seed=5)
    np.testing.assert_array_equal(one.scores(data.x), other.scores(data.x))


@pytest.mark.parametrize("classes", [2, 4])
def test_a_restored_model_scores_the_same_from_one_file(name, classes, tmp_path):
    data = drawn(classes)
    model, again = BUILD[name](), BUILD[name]()
    fit(model, without(data, 2), data)
    model.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.joblib"]
    again.restore(tmp_path, threads=1)
    np.testing.assert_array_equal(again.scores(data.x), model.scores(data.x))
    assert again.parameter_count() == model.parameter_count()
    assert again.macs() == model.macs()


def test_a_model_restored_with_one_thread_starts_no_other(name, tmp_path, monkeypatch):
    data = drawn(2)
    model, again = BUILD[name](), BUILD[name]()
    fit(model, data)
    model.save(tmp_path)
    again.restore(tmp_path, threads=1)

    def refuse(self) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for rows in (data.x[:1], np.tile(data.x, (4, 1))):
        assert len(again.scores(rows)) == len(rows)


def test_a_row_scores_the_same_alone_as_among_others(name):
    data = drawn(2)
    model = BUILD[name]()
    fit(model, data)
    alone = np.concatenate([model.scores(data.x[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, model.scores(data.x)[:20], rtol=1e-12)


@pytest.mark.parametrize(("label", "count"), [(0, 50), (1, 50), (0, 0)])
def test_fewer_than_two_classes_are_refused(name, label, count):
    train = Batch(np.ones((count, 3), np.float32), np.full(count, label, np.int16))
    held = f"only class {label}" if count else "no rows"
    with pytest.raises(CellError) as error:
        fit(BUILD[name](), train, drawn(2))
    assert str(error.value) == (
        f"{name} needs training rows of two classes and the training part holds {held}: "
        "use another split or more data"
    )


def test_training_rows_are_left_as_they_were(name):
    data = drawn(2)
    before = replace(data, x=data.x.copy(), y=data.y.copy())
    fit(BUILD[name](), data)
    np.testing.assert_array_equal(data.x, before.x)
    np.testing.assert_array_equal(data.y, before.y)
