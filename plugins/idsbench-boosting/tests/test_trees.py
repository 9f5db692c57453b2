"""What holds for both models alike."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_boosting.lightgbm_trees import LightGbm
from idsbench_boosting.xgboost_trees import XgBoost

BUILD = {"lightgbm": LightGbm, "xgboost": XgBoost}
FILES = {"lightgbm": "model.txt", "xgboost": "model.ubj"}


def drawn(classes: int = 2, n: int = 1_200, seed: int = 0) -> Batch:
    rng = np.random.default_rng([classes, seed])
    y = rng.integers(0, classes, n).astype(np.int16)
    x = rng.normal(size=(n, 5)).astype(np.float32)
    x[:, 0] += 2 * y
    return Batch(x, y)


def fit(model, train: Batch, valid: Batch | None = None, seed: int = 0, tell=lambda entry: None):
    return model.fit(train, valid or train, np.random.default_rng(seed), tell)


def without(batch: Batch, label: int) -> Batch:
    kept = batch.y != label
    return Batch(batch.x[kept], batch.y[kept])


@pytest.fixture(params=BUILD)
def name(request) -> str:
    return request.param


def test_binary_scores_are_the_probability_of_attack(name):
    data, model = drawn(), BUILD[name](iterations=20)
    fit(model, data)
    scores = model.scores(data.x)
    assert (scores.shape, scores.dtype) == ((1_200,), np.float64)
    assert 0 <= scores.min() < scores.max() <= 1
    assert ((scores >= 0.5) == (data.y == 1)).mean() > 0.8


def test_multi_class_scores_are_a_probability_per_class(name):
    data, model = drawn(4), BUILD[name](iterations=20)
    fit(model, data)
    scores = model.scores(data.x)
    assert (scores.shape, scores.dtype) == ((1_200, 4), np.float64)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert (scores.argmax(axis=1) == data.y).mean() > 0.6


@pytest.mark.parametrize("label", [0, 2, 3])
def test_a_class_without_training_rows_keeps_its_column_and_scores_nothing(name, label):
    data, model = drawn(4), BUILD[name](iterations=10)
    fit(model, without(data, label), data)
    scores = model.scores(data.x)
    assert scores.shape == (1_200, 4)
    assert not scores[:, label].any()
    others = data.y != label
    assert (scores.argmax(axis=1) == data.y)[others].mean() > 0.6


def test_two_learned_classes_of_three_keep_their_columns(name):
    data, model = drawn(3), BUILD[name](iterations=10)
    fit(model, without(data, 1), data)
    scores = model.scores(data.x)
    assert scores.shape == (1_200, 3)
    assert not scores[:, 1].any()
    assert (scores.argmax(axis=1) == data.y)[data.y != 1].mean() > 0.9


def test_validation_rows_stop_the_rounds_and_the_best_round_is_the_last_kept(name):
    told = []
    model = BUILD[name](iterations=300, learning_rate=0.3)
    valid = drawn(seed=1)
    result = fit(model, drawn(), valid, tell=told.append)
    losses = [entry["valid_loss"] for entry in result.history]
    assert len(losses) < 300
    assert tuple(told) == result.history
    assert result.assumed["iterations"] == int(np.argmin(losses)) + 1 == len(losses) - 10
    scores = model.scores(valid.x)
    loss = -np.log(np.where(valid.y == 1, scores, 1 - scores)).mean()
    assert min(losses) == pytest.approx(loss, rel=1e-5)


def test_without_validation_rows_all_rounds_are_run(name):
    data = drawn()
    result = fit(BUILD[name](iterations=30), data, Batch(data.x[:0], data.y[:0]))
    assert dict(result.assumed) == {"iterations": 30}
    assert set(result.history[0]) == {"epoch", "loss"}
    assert len(result.history) == 30


@pytest.mark.parametrize("classes", [2, 4])
def test_a_restored_model_scores_the_same_from_files_without_pickle(name, classes, tmp_path):
    data, model, again = drawn(classes), BUILD[name](iterations=15), BUILD[name]()
    fit(model, data)
    model.save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"classes.json", FILES[name]}
    again.restore(tmp_path, threads=2)
    np.testing.assert_array_equal(again.scores(data.x), model.scores(data.x))
    assert again.parameter_count() == model.parameter_count()
    assert model.macs() is again.macs() is None


def test_the_same_seed_gives_the_same_scores_to_the_last_bit(name):
    data = drawn(3)
    one, other = BUILD[name](iterations=10), BUILD[name](iterations=10)
    fit(one, data, seed=5)
    fit(other, data, seed=5)
    np.testing.assert_array_equal(one.scores(data.x), other.scores(data.x))


def test_a_row_scores_the_same_alone_as_among_others(name):
    data, model = drawn(), BUILD[name](iterations=10)
    fit(model, data)
    alone = np.concatenate([model.scores(data.x[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, model.scores(data.x)[:20], rtol=1e-12)


@pytest.mark.parametrize(("classes", "trees_a_round"), [(2, 1), (3, 3)])
def test_parameters_are_splits_leaves_and_for_xgboost_starting_scores(name, classes, trees_a_round):
    size = {"max_leaf_nodes": 2} if name == "lightgbm" else {"max_depth": 1}
    model, data = BUILD[name](iterations=5, **size), drawn(classes)
    fit(model, data)
    starts = trees_a_round if name == "xgboost" else 0
    # Every tree is one split of 2 numbers with 2 leaves of 1 value.
    assert model.parameter_count() == 5 * trees_a_round * (2 + 2) + starts


@pytest.mark.parametrize(("label", "count"), [(0, 50), (1, 50), (0, 0)])
def test_fewer_than_two_classes_are_refused(name, label, count):
    train = Batch(np.ones((count, 3), np.float32), np.full(count, label, np.int16))
    held = f"only class {label}" if count else "no rows"
    with pytest.raises(CellError) as error:
        fit(BUILD[name](), train, drawn())
    assert str(error.value) == (
        f"{name} needs training rows of two classes and the training part holds {held}: "
        "use another split or more data"
    )


def test_read_only_rows_are_learned_from_and_left_as_they_were(name):
    data = drawn()
    before = data.x.copy()
    data.x.setflags(write=False)
    model = BUILD[name](iterations=3)
    fit(model, data)
    model.scores(data.x[::-1])
    np.testing.assert_array_equal(data.x, before)


def test_the_learning_rate_weighs_each_round(name):
    data = drawn()
    slow, fast = BUILD[name](iterations=3, learning_rate=0.01), BUILD[name](iterations=3)
    for model in (slow, fast):
        fit(model, data)
    assert np.ptp(slow.scores(data.x)) < np.ptp(fast.scores(data.x))
