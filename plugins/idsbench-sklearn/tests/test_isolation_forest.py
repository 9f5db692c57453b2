from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_sklearn.isolation_forest import IsolationForest


def drawn(n: int = 1_000, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 4 == 0).astype(np.int16)
    return Batch((rng.normal(size=(n, 6)) + 4 * y[:, None]).astype(np.float32), y)


def fitted(train: Batch, seed: int = 0, **parameters) -> IsolationForest:
    model = IsolationForest(**parameters)
    model.fit(train, train, np.random.default_rng(seed), lambda entry: None)
    return model


def test_rows_unlike_the_benign_ones_score_higher():
    data = drawn()
    scores = fitted(data).scores(data.x)
    assert (scores.shape, scores.dtype) == ((1_000,), np.float64)
    assert np.median(scores[data.y == 1]) > np.quantile(scores[data.y == 0], 0.99)


def test_attack_rows_change_nothing_and_are_counted():
    data = drawn()
    other = Batch(np.where(data.y[:, None] == 1, 99, data.x).astype(np.float32), data.y)
    np.testing.assert_array_equal(fitted(data).scores(data.x), fitted(other).scores(data.x))
    result = IsolationForest().fit(data, data, np.random.default_rng(0), lambda entry: None)
    assert (result.assumed["benign_rows"], result.assumed["attack_rows_left_out"]) == (750, 250)


@pytest.mark.parametrize("alarms", [0.01, 0.1, 0.5])
def test_at_most_the_stated_share_of_benign_rows_scores_half_or_more(alarms):
    data = drawn()
    scores = fitted(data, alarms=alarms).scores(data.x[data.y == 0])
    share = (scores >= 0.5).mean()
    assert alarms - 0.01 < share <= alarms


@pytest.mark.parametrize("n", [16, 1_000])
def test_the_anomaly_is_that_of_scikit_learn(n):
    data = drawn(n)
    model = fitted(data, trees=20)
    np.testing.assert_allclose(
        model._anomaly(data.x), -model._estimator.score_samples(data.x), rtol=1e-12
    )


def test_a_restored_forest_scores_the_same_to_the_last_bit(tmp_path):
    data, again = drawn(), IsolationForest()
    model = fitted(data, trees=20)
    model.save(tmp_path)
    again.restore(tmp_path, threads=1)
    np.testing.assert_array_equal(again.scores(data.x), model.scores(data.x))
    assert again.parameter_count() == model.parameter_count()
    assert model.macs() is again.macs() is None


def test_the_same_seed_gives_the_same_scores_and_another_seed_others():
    data = drawn()
    one, same, other = (fitted(data, seed=s, trees=20).scores(data.x) for s in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_each_row_is_scored_by_itself():
    data = drawn()
    model = fitted(data, trees=20)
    alone = np.concatenate([model.scores(data.x[i : i + 1]) for i in range(20)])
    np.testing.assert_array_equal(alone, model.scores(data.x)[:20])


def test_parameters_are_splits_leaves_and_the_level():
    model = fitted(drawn(), trees=3, rows=2)
    # Two rows make one split of 2 numbers with 2 leaves of 1 value.
    assert model.parameter_count() == 3 * (2 + 2) + 1


def test_too_few_benign_rows_are_refused():
    with pytest.raises(CellError) as error:
        fitted(Batch(np.ones((30, 2), np.float32), np.ones(30, np.int16)))
    assert str(error.value) == (
        "isolation-forest learns from benign rows alone, at least 10, and the training part holds "
        "0: use another split or more data"
    )
