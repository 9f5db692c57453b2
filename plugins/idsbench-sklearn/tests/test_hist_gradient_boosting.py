from __future__ import annotations

import numpy as np
import pytest

from idsbench.values import Batch
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting


def drawn(classes: int = 2, n: int = 800) -> Batch:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, n).astype(np.int16)
    return Batch((rng.normal(size=(n, 4)) + y[:, None]).astype(np.float32), y)


def fit(model: HistGradientBoosting, train: Batch, valid: Batch, progress=lambda entry: None):
    return model.fit(train, valid, np.random.default_rng(0), progress)


def test_validation_rows_stop_the_rounds_and_history_holds_both_losses():
    data = drawn()
    train, valid = Batch(data.x[:400], data.y[:400]), Batch(data.x[400:], data.y[400:])
    told = []
    model = HistGradientBoosting(iterations=400, learning_rate=0.3)
    result = fit(model, train, valid, told.append)
    assert result.assumed["iterations"] < 400
    assert len(result.history) == result.assumed["iterations"]
    assert [entry["epoch"] for entry in result.history] == list(range(1, len(told) + 1))
    assert tuple(told) == result.history
    # Ten rounds without a better validation loss were the reason to stop.
    losses = [entry["valid_loss"] for entry in result.history]
    assert min(losses[-10:]) >= min(losses[:-10])


def test_validation_loss_is_the_cross_entropy_of_the_final_scores():
    data = drawn()
    train, valid = Batch(data.x[:400], data.y[:400]), Batch(data.x[400:], data.y[400:])
    model = HistGradientBoosting(iterations=15)
    result = fit(model, train, valid)
    scores = model.scores(valid.x)
    loss = -np.log(np.where(valid.y == 1, scores, 1 - scores)).mean()
    assert result.history[-1]["valid_loss"] == pytest.approx(loss, rel=1e-6)


def test_without_validation_rows_all_rounds_are_run():
    data = drawn()
    result = fit(HistGradientBoosting(iterations=30), data, Batch(data.x[:0], data.y[:0]))
    assert dict(result.assumed) == {"iterations": 30}
    assert result.history == ()


@pytest.mark.parametrize(("classes", "trees_a_round"), [(2, 1), (3, 3)])
def test_parameters_are_splits_leaves_and_starting_scores(classes, trees_a_round):
    model = HistGradientBoosting(iterations=5, max_leaf_nodes=4)
    data = drawn(classes)
    fit(model, data, data)
    trees = 5 * trees_a_round
    # Every tree grows its 4 leaves here: 3 splits of 2 numbers and 4 values.
    assert model.parameter_count() == trees * (3 * 2 + 4) + trees_a_round
    assert model.macs() is None


def test_the_rows_that_bins_are_drawn_from_follow_the_seed():
    # scikit-learn bins columns on 200,000 rows at most, drawn at random from more.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(210_000, 1)).astype(np.float32)
    data = Batch(x, (x[:, 0] + rng.normal(size=210_000) > 0).astype(np.int16))
    scores = []
    for seed in (0, 0, 1):
        model = HistGradientBoosting(iterations=2)
        model.fit(data, data, np.random.default_rng(seed), lambda entry: None)
        scores.append(model.scores(x))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])
