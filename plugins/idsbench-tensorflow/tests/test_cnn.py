from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch


def fit(model, train, valid=None, seed=0):
    return model.fit(train, valid or train, np.random.default_rng(seed), lambda entry: None)


def test_it_learns_a_difference_that_is_there(make_cnn, images):
    model = make_cnn(epochs=6, learning_rate=0.01, batch=16)
    fit(model, images(400))
    unseen = images(seed=1)
    scores = model.scores(unseen.x)
    assert ((scores >= 0.5) == unseen.y).mean() > 0.95


def test_scores_are_float64_probabilities_one_a_row(make_cnn, images):
    model = make_cnn()
    fit(model, images(400))
    scores = model.scores(images(77).x)
    assert scores.shape == (77,)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(make_cnn, images):
    found = []
    for seed in (1, 1, 2):
        model = make_cnn()
        fit(model, images(400), seed=seed)
        found.append(model.scores(images(50).x))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_the_seed_decides_where_the_weights_start(make_cnn, images):
    found = []
    for seed in (1, 2):
        model = make_cnn(learning_rate=1e-8, epochs=1)
        fit(model, images(400), seed=seed)
        found.append(model.scores(images(50).x))
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_restored_model_scores_as_the_fitted_one(make_cnn, images, tmp_path):
    model = make_cnn(padding="valid", dense=0, size=10)
    fit(model, images(400))
    model.save(tmp_path)
    again = make_cnn()
    again.restore(tmp_path, threads=1)
    x = images(50, seed=3).x
    np.testing.assert_allclose(again.scores(x), model.scores(x), rtol=1e-6)
    assert (again.parameter_count(), again.macs()) == (model.parameter_count(), model.macs())


def test_a_saved_model_is_two_files(make_cnn, images, tmp_path):
    model = make_cnn()
    fit(model, images(400))
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.npz"]


def test_no_rows_give_no_scores(make_cnn, images):
    model = make_cnn()
    fit(model, images(400))
    assert model.scores(images().x[:0]).shape == (0,)


def test_training_leaves_the_rows_as_they_were(make_cnn, images):
    data = images()
    before = data.x.copy(), data.y.copy()
    fit(make_cnn(), data)
    np.testing.assert_array_equal(data.x, before[0])
    np.testing.assert_array_equal(data.y, before[1])


def test_images_with_several_channels_are_learned_from(make_cnn, images):
    model = make_cnn()
    fit(model, images(channels=3))
    assert model.scores(images(5, channels=3).x).shape == (5,)


def test_parameters_and_macs_are_those_of_the_network(make_cnn, images):
    model = make_cnn()
    fit(model, images(400))
    # 4 filters of 3x3x1, 4 of 3x3x4, then 2x2x4 numbers to 8 and 8 to 1, each with its bias.
    assert model.parameter_count() == (9 + 1) * 4 + (36 + 1) * 4 + (16 + 1) * 8 + (8 + 1)
    assert model.macs() == 64 * 4 * 9 + 16 * 4 * 36 + 16 * 8 + 8


def test_assumed_holds_what_differs_from_the_paper_and_what_it_leaves_open(make_cnn, images):
    open_choices = {
        "convolutions": 2,
        "dense": 8,
        "dropout": 0.0,
        "schedule": "constant",
        "patience": 0,
        "class_weight": "none",
        "precision": "float32",
        "enlarge": "nearest",
    }
    as_printed = make_cnn(filters=32, learning_rate=0.0001, batch=1024, epochs=10)
    assert fit(as_printed, images(30)).assumed == {"size": 8, **open_choices}
    other = make_cnn(learning_rate=0.01, loss="focal", padding="valid", size=10)
    assert fit(other, images(30)).assumed == {
        **open_choices,
        "size": 10,
        "filters": 4,
        "learning_rate": 0.01,
        "batch": 64,
        "epochs": 2,
        "loss": "focal",
        "focal_gamma": 2.0,
    }


def test_a_batch_too_large_for_the_memory_is_learned_from_in_pieces(make_cnn, images, monkeypatch):
    whole, pieces = make_cnn(), make_cnn()
    fit(whole, images(400))
    monkeypatch.setattr("idsbench_tensorflow.cnn.LEARNED_AT_ONCE", 4 * 8**2 * 7)
    fit(pieces, images(400))
    x = images(50, seed=2).x
    np.testing.assert_allclose(pieces.scores(x), whole.scores(x), rtol=1e-4)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [1, 1, 1],
            "cnn-keras learns benign from attack and the training rows have only class 1: "
            "use more data or another protocol",
        ),
        (
            [],
            "cnn-keras learns benign from attack and the training rows have no rows: "
            "use more data or another protocol",
        ),
        (
            [0, 1, 2],
            "cnn-keras has one output for two classes and the training rows have 3: use the binary task",
        ),
    ],
    ids=["one class", "none", "three"],
)
def test_labels_that_are_not_two_classes_are_refused(make_cnn, images, labels, message):
    y = np.array(labels, dtype=np.int16)
    with pytest.raises(CellError) as caught:
        fit(make_cnn(), Batch(images(len(y)).x, y))
    assert str(caught.value) == message


def test_patience_without_validation_rows_is_refused(make_cnn, images):
    none = Batch(images().x[:0], images().y[:0])
    with pytest.raises(CellError) as caught:
        fit(make_cnn(patience=3), images(), none)
    assert str(caught.value) == (
        "cnn-keras[patience=3] needs validation rows and there are none: use cnn-keras[patience=0]"
    )


def test_rows_in_another_order_score_the_same(make_cnn, images):
    model = make_cnn()
    fit(model, images(400))
    x = images().x
    np.testing.assert_allclose(model.scores(x[::-1]), model.scores(x)[::-1], rtol=1e-5)


def test_images_of_another_shape_are_refused(make_cnn, images):
    model = make_cnn()
    fit(model, images(400))
    with pytest.raises(CellError) as caught:
        model.scores(images(side=7).x)
    assert str(caught.value) == (
        "cnn-keras was fitted on images of 6 x 6 x 1 and cannot score 7 x 7 x 1: use the same featurizer"
    )


def test_scoring_before_fitting_is_a_mistake_of_the_caller(make_cnn, images):
    with pytest.raises(RuntimeError, match="call fit or restore first"):
        make_cnn().scores(images().x)


def test_it_learns_in_short_numbers_and_scores_in_long_ones(make_cnn, images):
    model = make_cnn(epochs=6, learning_rate=0.01, batch=16, precision="bfloat16")
    fit(model, images(400))
    unseen = images(200, seed=1)
    scores = model.scores(unseen.x)
    assert ((scores >= 0.5) == unseen.y).mean() > 0.9
    # Logits of bfloat16 have three digits: many rows would share a score.
    assert len(np.unique(scores)) > 190
