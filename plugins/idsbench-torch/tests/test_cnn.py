from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_torch.runtime import torch


def fit(model, train, valid=None, seed=0):
    return model.fit(train, valid or train, np.random.default_rng(seed), lambda entry: None)


def test_it_learns_a_difference_that_is_there(make, images):
    model = make(epochs=6, learning_rate=0.01, batch=16)
    fit(model, images())
    unseen = images(seed=1)
    scores = model.scores(unseen.x)
    assert ((scores >= 0.5) == unseen.y).mean() > 0.95


def test_scores_are_float64_probabilities_one_a_row(make, images):
    model = make()
    fit(model, images())
    scores = model.scores(images(77).x)
    assert scores.shape == (77,)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(make, images):
    found = []
    for seed in (1, 1, 2):
        model = make()
        fit(model, images(), seed=seed)
        found.append(model.scores(images(50).x))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_the_seed_decides_where_the_weights_start(make, images):
    found = []
    for seed in (1, 2):
        model = make(learning_rate=1e-8, epochs=1)
        fit(model, images(), seed=seed)
        found.append(model.scores(images(50).x))
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_restored_model_scores_as_the_fitted_one(make, images, tmp_path):
    model = make(padding="valid", dense=0, size=10)
    fit(model, images())
    model.save(tmp_path)
    again = make()
    again.restore(tmp_path, threads=1)
    assert torch.get_num_threads() == 1
    x = images(50, seed=3).x
    np.testing.assert_allclose(again.scores(x), model.scores(x), rtol=1e-6)
    assert (again.parameter_count(), again.macs()) == (model.parameter_count(), model.macs())
    again.move_to("cpu")
    again.wait()
    np.testing.assert_allclose(again.scores(x), model.scores(x), rtol=1e-6)


def test_a_saved_model_is_two_files(make, images, tmp_path):
    model = make()
    fit(model, images())
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.pt"]


def test_weights_that_would_run_code_are_refused(make, images, tmp_path):
    model = make()
    fit(model, images())
    model.save(tmp_path)
    torch.save(print, tmp_path / "weights.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        make().restore(tmp_path, threads=1)


def test_a_row_scores_the_same_alone_and_among_others(make, images, monkeypatch):
    monkeypatch.setattr("idsbench_torch.cnn.SCORED_AT_ONCE", 4 * 8**2 * 7)
    model = make()
    fit(model, images())
    x = images(50).x
    together, alone = model.scores(x), [model.scores(x[i : i + 1])[0] for i in range(50)]
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_no_rows_give_no_scores(make, images):
    model = make()
    fit(model, images())
    assert model.scores(images().x[:0]).shape == (0,)


def test_a_read_only_map_is_learned_from_without_a_copy_or_a_warning(make, images, tmp_path):
    data = images()
    np.save(tmp_path / "x.npy", data.x)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    mapped, plain = make(), make()
    fit(mapped, Batch(x, data.y))
    fit(plain, data)
    np.testing.assert_array_equal(mapped.scores(x), plain.scores(data.x))


def test_training_leaves_the_rows_as_they_were(make, images):
    data = images()
    before = data.x.copy(), data.y.copy()
    fit(make(), data)
    np.testing.assert_array_equal(data.x, before[0])
    np.testing.assert_array_equal(data.y, before[1])


def test_images_with_several_channels_are_learned_from(make, images):
    model = make()
    fit(model, images(channels=3))
    assert model.scores(images(5, channels=3).x).shape == (5,)


def test_parameters_and_macs_are_those_of_the_network(make, images):
    model = make()
    fit(model, images())
    # 4 filters of 3x3x1, 4 of 3x3x4, then 2x2x4 numbers to 8 and 8 to 1, each with its bias.
    assert model.parameter_count() == (9 + 1) * 4 + (36 + 1) * 4 + (16 + 1) * 8 + (8 + 1)
    assert model.macs() == 64 * 4 * 9 + 16 * 4 * 36 + 16 * 8 + 8


def test_assumed_holds_what_differs_from_the_paper_and_what_it_leaves_open(make, images):
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
    as_printed = make(filters=32, learning_rate=0.0001, batch=1024, epochs=10)
    assert fit(as_printed, images(30)).assumed == {"size": 8, **open_choices}
    other = make(learning_rate=0.01, loss="focal", padding="valid", size=10)
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


def test_a_batch_too_large_for_the_memory_is_learned_from_in_pieces(make, images, monkeypatch):
    whole, pieces = make(), make()
    fit(whole, images())
    monkeypatch.setattr("idsbench_torch.cnn.LEARNED_AT_ONCE", 4 * 8**2 * 7)
    fit(pieces, images())
    x = images(50, seed=2).x
    np.testing.assert_allclose(pieces.scores(x), whole.scores(x), rtol=1e-4)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            [1, 1, 1],
            "cnn learns benign from attack and the training rows have only class 1: "
            "use more data or another protocol",
        ),
        (
            [],
            "cnn learns benign from attack and the training rows have no rows: "
            "use more data or another protocol",
        ),
        (
            [0, 1, 2],
            "cnn has one output for two classes and the training rows have 3: use the binary task",
        ),
    ],
    ids=["one class", "none", "three"],
)
def test_labels_that_are_not_two_classes_are_refused(make, images, labels, message):
    y = np.array(labels, dtype=np.int16)
    with pytest.raises(CellError) as caught:
        fit(make(), Batch(images(len(y)).x, y))
    assert str(caught.value) == message


def test_patience_without_validation_rows_is_refused(make, images):
    none = Batch(images().x[:0], images().y[:0])
    with pytest.raises(CellError) as caught:
        fit(make(patience=3), images(), none)
    assert str(caught.value) == (
        "cnn[patience=3] needs validation rows and there are none: use cnn[patience=0]"
    )


def test_rows_in_another_order_score_the_same(make, images):
    model = make()
    fit(model, images())
    x = images().x
    np.testing.assert_allclose(model.scores(x[::-1]), model.scores(x)[::-1], rtol=1e-5)


def test_images_of_another_shape_are_refused(make, images):
    model = make()
    fit(model, images())
    with pytest.raises(CellError) as caught:
        model.scores(images(side=7).x)
    assert str(caught.value) == (
        "cnn was fitted on images of 6 x 6 x 1 and cannot score 7 x 7 x 1: use the same featurizer"
    )


def test_scoring_before_fitting_is_a_mistake_of_the_caller(make, images):
    with pytest.raises(RuntimeError, match="call fit or restore first"):
        make().scores(images().x)
