from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_torch.runtime import torch


def fit(model, train, valid=None, seed=0):
    return model.fit(train, valid or train, np.random.default_rng(seed), lambda entry: None)


def test_it_learns_a_difference_that_is_there(make_mobilenet, images):
    model = make_mobilenet(epochs=12, schedule="cosine")
    fit(model, images(240))
    unseen = images(200, seed=1)
    assert ((model.scores(unseen.x) >= 0.5) == unseen.y).mean() > 0.9


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_restored_model_scores_as_the_fitted_one(make_mobilenet, images, tmp_path, version):
    model = make_mobilenet(version=version, dropout=0.3)
    data = images(40, channels=3)
    fit(model, data)
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.pt"]
    again = make_mobilenet()
    again.restore(tmp_path, threads=1)
    assert torch.get_num_threads() == 1
    scores = model.scores(data.x)
    np.testing.assert_array_equal(again.scores(data.x), scores)
    assert (again.parameter_count(), again.macs()) == (model.parameter_count(), model.macs())
    again.move_to("cpu")
    again.wait()
    np.testing.assert_allclose(again.scores(data.x), scores, rtol=1e-6)
    assert (scores.shape, scores.dtype) == ((40,), np.float64)


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(make_mobilenet, images):
    found = []
    for seed in (1, 1, 2):
        model = make_mobilenet(dropout=0.2)
        fit(model, images(48), seed=seed)
        found.append(model.scores(images(48).x))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_last_batch_of_one_row_does_no_harm(make_mobilenet, images):
    model = make_mobilenet(batch=16)
    report = fit(model, images(33))
    assert np.isfinite(report.history[0]["loss"])


def test_it_looks_at_no_more_validation_rows_than_it_may_learn_from(make_mobilenet, images):
    few, many = make_mobilenet(max_rows=20), images(400)
    alone = Batch(many.x[:20], many.y[:20])
    share = fit(few, alone, many).history[0]["valid_accuracy"] * 20
    assert share == pytest.approx(round(share))


def test_a_row_scores_the_same_alone_and_among_others(make_mobilenet, images, monkeypatch):
    monkeypatch.setattr("idsbench_torch.mobilenet.PIXELS_AT_ONCE", 32**2 * 7)
    model = make_mobilenet()
    fit(model, images(48))
    x = images(30).x
    alone = [model.scores(x[i : i + 1])[0] for i in range(30)]
    np.testing.assert_allclose(model.scores(x), alone, rtol=1e-4)
    assert model.scores(x[:0]).shape == (0,)


def test_assumed_says_all_that_the_paper_leaves_open(make_mobilenet, images):
    assert fit(make_mobilenet(), images(48)).assumed == {
        "size": 32,
        "version": "v1",
        "alpha": 0.25,
        "dropout": 0.0,
        "weights": "random",
        "enlarge": "nearest",
        "normalization_momentum": 0.8,
        "optimizer": "adam",
        "learning_rate": 0.003,
        "schedule": "linear",
        "batch": 16,
        "epochs": 1,
        "patience": 0,
        "loss": "cross-entropy",
        "class_weight": "none",
        "precision": "float32",
    }


def test_a_loss_that_is_no_number_is_told(make_mobilenet, images):
    data = images(48)
    with pytest.raises(CellError) as caught:
        fit(make_mobilenet(), Batch(data.x * np.float32(np.inf), data.y))
    assert str(caught.value) == (
        "the training loss of mobilenet-torch is not a number in epoch 1: "
        "use a learning_rate under 0.003"
    )


def test_images_of_another_shape_are_refused(make_mobilenet, images):
    model = make_mobilenet()
    fit(model, images(48))
    with pytest.raises(CellError) as caught:
        model.scores(images(side=7).x)
    assert str(caught.value) == (
        "mobilenet-torch was fitted on images of 6 x 6 x 1 and cannot score 7 x 7 x 1: "
        "use the same featurizer"
    )


def test_a_width_that_the_version_lacks_is_refused_before_training(make_mobilenet, images):
    with pytest.raises(CellError, match=r"has no width alpha=0\.25"):
        fit(make_mobilenet(version="v2", alpha=0.25), images(48))


def test_one_class_is_refused(make_mobilenet, images):
    data = images(48)
    with pytest.raises(CellError) as caught:
        fit(make_mobilenet(), Batch(data.x, np.ones(48, np.int16)))
    assert str(caught.value) == (
        "mobilenet-torch learns benign from attack and the training rows have only class 1: "
        "use more data or another protocol"
    )


def test_memory_that_is_full_is_told_with_the_batch_to_try(make_mobilenet, images, monkeypatch):
    def full(*_):
        torch.empty(2**60, dtype=torch.uint8)

    monkeypatch.setattr("idsbench_torch.fitting.train", full)
    with pytest.raises(MemoryError) as caught:
        fit(make_mobilenet(), images(48))
    assert str(caught.value) == (
        "mobilenet-torch ran out of memory with 16 rows at once: use mobilenet-torch[batch=8]"
    )


def test_scoring_before_fitting_is_a_mistake_of_the_caller(make_mobilenet, images):
    with pytest.raises(RuntimeError, match="call fit or restore first"):
        make_mobilenet().scores(images().x)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device here")
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_gpu_learns_it_too_in_every_precision(make_mobilenet, images, precision):
    model = make_mobilenet(device="cuda", precision=precision, epochs=8)
    fit(model, images(240))
    unseen = images(200, seed=1)
    assert ((model.scores(unseen.x) >= 0.5) == unseen.y).mean() > 0.9
