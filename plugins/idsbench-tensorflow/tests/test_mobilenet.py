from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_tensorflow.runtime import tf


def fit(model, train, valid=None, seed=0):
    return model.fit(train, valid or train, np.random.default_rng(seed), lambda entry: None)


@pytest.fixture(scope="module")
def trained(make, images):
    """One training for the tests that only look at it: the model, its report and its rows."""
    model = make(epochs=8)
    data = images(480)
    return model, fit(model, data), data


def test_it_learns_a_difference_that_is_there(trained, images):
    model, _, _ = trained
    unseen = images(200, seed=1)
    assert ((model.scores(unseen.x) >= 0.5) == unseen.y).mean() > 0.9


def test_scores_are_float64_probabilities_one_a_row(trained):
    model, _, data = trained
    scores = model.scores(data.x)
    assert scores.shape == (480,)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(make, images):
    found = []
    for seed in (1, 1, 2):
        # With so small a rate, what differs is where the weights start.
        model = make(learning_rate=1e-8)
        fit(model, images(), seed=seed)
        found.append(model.scores(images().x))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_a_restored_model_scores_as_the_fitted_one(trained, make, tmp_path):
    model, _, data = trained
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.npz"]
    again = make(version="v2")
    again.restore(tmp_path, threads=1)
    np.testing.assert_array_equal(again.scores(data.x), model.scores(data.x))
    assert (again.parameter_count(), again.macs()) == (model.parameter_count(), model.macs())


def test_the_parameters_are_those_of_keras_with_one_output(trained):
    model, _, _ = trained
    # 218,400 in keras.applications for width 0.25 and one channel, and 256 + 1 for the output.
    assert model.parameter_count() == 218_400 + 257


def test_assumed_says_all_that_the_paper_leaves_open(trained):
    _, report, _ = trained
    assert report.assumed == {
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
        "epochs": 8,
        "patience": 0,
        "loss": "cross-entropy",
        "class_weight": "none",
        "precision": "float32",
    }


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [1, 1, 1],
            "mobilenet learns benign from attack and the training rows have only class 1: "
            "use more data or another protocol",
        ),
        (
            [],
            "mobilenet learns benign from attack and the training rows have no rows: "
            "use more data or another protocol",
        ),
        (
            [0, 1, 2],
            "mobilenet has one output for two classes and the training rows have 3: "
            "use the binary task",
        ),
    ],
    ids=["one class", "none", "three"],
)
def test_labels_that_are_not_two_classes_are_refused(make, images, labels, message):
    y = np.array(labels, dtype=np.int16)
    with pytest.raises(CellError) as caught:
        fit(make(), Batch(images(len(y)).x, y))
    assert str(caught.value) == message


def test_a_width_that_the_version_lacks_is_refused_before_training(make, images):
    with pytest.raises(CellError) as caught:
        fit(make(version="v2", alpha=0.25), images())
    assert str(caught.value) == (
        "mobilenet[version=v2] has no width alpha=0.25: use one of 0.35, 0.5, 0.75, 1, 1.3, 1.4"
    )


def test_patience_without_validation_rows_is_refused(make, images):
    none = Batch(images().x[:0], images().y[:0])
    with pytest.raises(CellError) as caught:
        fit(make(patience=3), images(), none)
    assert str(caught.value) == (
        "mobilenet[patience=3] needs validation rows and there are none: use mobilenet[patience=0]"
    )


def test_rows_in_another_order_score_the_same(trained):
    model, _, data = trained
    x = data.x
    np.testing.assert_allclose(model.scores(x[::-1]), model.scores(x)[::-1], rtol=1e-5)


def test_images_of_another_shape_are_refused(trained, images):
    model, _, _ = trained
    with pytest.raises(CellError) as caught:
        model.scores(images(side=7).x)
    assert str(caught.value) == (
        "mobilenet was fitted on images of 6 x 6 x 1 and cannot score 7 x 7 x 1: "
        "use the same featurizer"
    )


def test_scoring_before_fitting_is_a_mistake_of_the_caller(make, images):
    with pytest.raises(RuntimeError, match="call fit or restore first"):
        make().scores(images().x)


def test_memory_that_is_full_is_told_with_the_batch_to_try(make, images, monkeypatch):
    def full(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("idsbench_tensorflow.fitting.train", full)
    with pytest.raises(MemoryError) as caught:
        fit(make(), images())
    assert str(caught.value) == (
        "mobilenet ran out of memory with 16 rows at once: use mobilenet[batch=8]"
    )


@pytest.mark.skipif(
    not tf.config.list_physical_devices("GPU"), reason="TensorFlow finds no CUDA device here"
)
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_gpu_learns_it_too_in_every_precision(make, images, precision):
    model = make(device="cuda", precision=precision, epochs=8)
    fit(model, images(240))
    unseen = images(200, seed=1)
    assert ((model.scores(unseen.x) >= 0.5) == unseen.y).mean() > 0.9
