"""What holds for both detectors alike."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_anomaly import arrays

NAMES = ("autoencoder", "kitnet")


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


def fit(model, train: Batch, valid: Batch | None = None, seed: int = 0, tell=lambda entry: None):
    return model.fit(train, valid or train, np.random.default_rng(seed), tell)


def test_rows_unlike_the_benign_ones_score_higher(name, make, traffic):
    model, held = make(name), traffic(seed=1)
    fit(model, traffic())
    scores = model.scores(held.x)
    assert (scores.shape, scores.dtype) == ((800,), np.float64)
    assert 0 <= scores.min() < scores.max() <= 1
    attack, benign = scores[held.y == 1], scores[held.y == 0]
    assert (attack[:, None] > benign[None, :]).mean() > 0.9


def test_attack_rows_change_nothing_and_are_counted(name, make, traffic):
    data = traffic()
    other = Batch(np.where(data.y[:, None] == 1, 99, data.x).astype(np.float32), data.y)
    one, two = make(name, epochs=2), make(name, epochs=2)
    said = fit(one, data, data).assumed
    fit(two, other, other)
    np.testing.assert_array_equal(one.scores(data.x), two.scores(data.x))
    assert (said["benign_rows"], said["attack_rows_left_out"]) == (600, 200)


@pytest.mark.parametrize("alarms", [0.01, 0.1, 0.5])
def test_at_most_the_stated_share_of_benign_training_rows_scores_half_or_more(
    name, alarms, make, traffic
):
    data, model = traffic(), make(name, alarms=alarms, epochs=2)
    fit(model, data)
    share = (model.scores(data.x[data.y == 0]) >= 0.5).mean()
    assert alarms - 0.01 < share <= alarms


def test_the_loss_falls_and_every_epoch_is_told(name, make, traffic):
    told = []
    result = fit(make(name), traffic(), traffic(seed=1), tell=told.append)
    stages = 2 if name == "kitnet" else 1
    assert [entry["epoch"] for entry in result.history] == list(range(1, 15 * stages + 1))
    assert [{**entry, "rows_per_s": 0} for entry in result.history] == [
        {**entry, "rows_per_s": 0} for entry in told
    ]
    for key in ("loss", "valid_loss"):
        assert result.history[14][key] < result.history[0][key] / 2


def test_validation_may_hold_no_benign_row(name, make, traffic):
    data = traffic()
    for valid in (Batch(data.x[:0], data.y[:0]), Batch(data.x[data.y == 1], data.y[data.y == 1])):
        assert "valid_loss" not in fit(make(name, epochs=1), data, valid).history[0]


def test_the_same_seed_gives_the_same_scores_whatever_the_number_of_threads(name, make, traffic):
    import torch

    data, scores = traffic(), []
    for seed, threads in ((3, 1), (3, 2), (4, 1)):
        torch.set_num_threads(threads)
        model = make(name, epochs=2)
        fit(model, data, seed=seed)
        assert torch.get_num_threads() == threads
        scores.append(model.scores(data.x))
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


def test_a_restored_model_scores_the_same_from_one_file_of_plain_arrays(
    name, make, traffic, tmp_path
):
    data, model, again = traffic(), make(name, epochs=2), make(name)
    fit(model, data)
    model.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]
    with np.load(tmp_path / "model.npz", allow_pickle=False) as saved:
        assert all(saved[key].dtype.kind in "fi" for key in saved.files)
    again.restore(tmp_path, threads=1)
    np.testing.assert_array_equal(again.scores(data.x), model.scores(data.x))
    assert again.parameter_count() == model.parameter_count()
    assert again.macs() == model.macs()


def test_scoring_imports_neither_torch_nor_scipy(name):
    module = {"autoencoder": "autoencoder", "kitnet": "kitnet"}[name]
    code = (
        f"import sys, idsbench_anomaly.{module}; "
        "print([n for n in ('torch', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_row_is_scored_by_itself(name, make, traffic, monkeypatch):
    data, model = traffic(), make(name, epochs=2)
    fit(model, data)
    whole = model.scores(data.x)
    alone = np.concatenate([model.scores(data.x[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, whole[:20], rtol=1e-4)
    monkeypatch.setattr(arrays, "PIECE_ROWS", 7)
    np.testing.assert_allclose(model.scores(data.x), whole, rtol=1e-4)
    assert len(model.scores(data.x[:0])) == 0


def test_the_largest_floats_get_the_highest_scores_and_finite_ones(name, make, traffic):
    data, model = traffic(), make(name, epochs=2)
    fit(model, data)
    largest = np.full((2, 12), np.finfo(np.float32).max, np.float32) * [[1], [-1]]
    scores = model.scores(largest.astype(np.float32))
    assert np.isfinite(scores).all()
    assert scores.min() > model.scores(data.x).max()


def test_too_few_benign_rows_are_refused(name, make):
    train = Batch(np.ones((30, 3), np.float32), np.ones(30, np.int16))
    with pytest.raises(CellError) as error:
        fit(make(name), train)
    assert str(error.value) == (
        f"{name} learns from benign rows alone, at least 10, and the training part holds 0: "
        "use another split or more data"
    )


def test_columns_that_are_constant_in_benign_rows_are_learned_too(name, make, traffic):
    data, model = traffic(), make(name)
    x = data.x.copy()
    x[:, 3] = 0.25
    fit(model, Batch(x, data.y))
    strange = x[data.y == 0].copy()
    usual = model.scores(strange)
    strange[:, 3] = 5.0
    assert np.median(model.scores(strange)) > np.quantile(usual, 0.95)
