from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.training import Settings, Told, train


def parts(flip: bool = False) -> tuple[Batch, Batch]:
    """One pixel that tells the class; in the validation part it may tell the opposite."""
    y = np.array([0, 1] * 32, dtype=np.int16)
    x = y.astype(np.float32).reshape(-1, 1, 1, 1)
    return Batch(x, y), Batch(x, (1 - y).astype(np.int16) if flip else y)


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((1, 1, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def settings(rate: float, batch: int, epochs: int, patience: int = 0, **other: object) -> Settings:
    return Settings("mobilenet", rate, batch, epochs, patience, **other)  # type: ignore[arg-type]


def run(how: Settings, flip: bool = False, told: list | None = None):
    net = network()
    progress = (lambda entry: None) if told is None else told.append
    return net, train(net, parts(flip), how, np.random.default_rng(0), Told(progress))


def test_every_epoch_reports_loss_and_accuracy_on_both_parts():
    told: list = []
    _, history = run(settings(0.1, 16, 3, 0), told=told)
    keys = {"epoch", "loss", "accuracy", "valid_loss", "valid_accuracy"}
    assert [set(entry) for entry in history] == [keys] * 3
    assert [entry["epoch"] for entry in history] == [1, 2, 3]
    assert told == [
        {**entry, "rows_per_s": told[i]["rows_per_s"]} for i, entry in enumerate(history)
    ]


def test_learning_lowers_the_loss():
    _, history = run(settings(0.2, 16, 20, 0))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_patience_stops_and_goes_back_to_the_best_epoch():
    net, history = run(settings(0.1, 16, 50, 2), flip=True)
    losses = [entry["valid_loss"] for entry in history]
    assert len(losses) == losses.index(min(losses)) + 3
    _, valid = parts(flip=True)
    logits = net(valid.x).numpy()[:, 0]
    loss = np.mean(np.logaddexp(0, logits) - valid.y * logits)
    assert loss == pytest.approx(min(losses), rel=1e-5)


def test_a_loss_that_is_no_number_ends_the_training():
    learn, valid = parts()
    broken = Batch(np.full_like(learn.x, np.inf), learn.y)
    with pytest.raises(CellError) as caught:
        train(
            network(),
            (broken, valid),
            settings(0.5, 16, 3, 0),
            np.random.default_rng(0),
            Told(lambda entry: None),
        )
    assert str(caught.value) == (
        "the training loss of mobilenet is not a number in epoch 1: use a learning_rate under 0.5"
    )


def test_training_leaves_tensorflows_graph_passes_as_they_were():
    run(settings(0.1, 16, 1, 0))
    assert not tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("loss", ["cross-entropy", "focal"])
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_all_rules_and_losses_learn(optimizer, loss, class_weight):
    how = settings(0.1, 16, 20, optimizer=optimizer, loss=loss, class_weight=class_weight)
    _, history = run(how)
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_balanced_weights_move_the_threshold_to_the_rarer_class():
    # Seven of eight rows are attacks and nothing tells them apart.
    y = (np.arange(64) % 8 > 0).astype(np.int16)
    part = Batch(np.zeros((64, 1, 1, 1), np.float32), y)
    chances = []
    for class_weight in ("none", "balanced"):
        net = network()
        how = settings(0.1, 64, 200, class_weight=class_weight)
        train(net, (part, part), how, np.random.default_rng(0), Told(lambda entry: None))
        chances.append(tf.sigmoid(net(part.x[:1])).numpy().item())
    np.testing.assert_allclose(chances, [7 / 8, 1 / 2], atol=0.01)


@pytest.mark.parametrize(("normalises", "sizes"), [(True, [16] * 4), (False, [21, 21, 21, 1])])
def test_batches_of_a_network_that_normalises_are_nearly_equal(normalises, sizes, monkeypatch):
    found: list[int] = []

    def spying(learner, rows_at_once):
        def step(x, y):
            found.append(len(y))
            return tf.zeros(len(y))

        return step

    monkeypatch.setattr("idsbench_tensorflow.training.learning_step", spying)
    run(settings(0.1, 21, 1, normalises=normalises))
    assert found == sizes


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_scaled_gradients_learn_too(precision):
    _, history = run(settings(0.1, 16, 20, precision=precision))
    assert history[-1]["valid_accuracy"] == 1


def test_the_same_seed_gives_the_same_history():
    assert run(settings(0.1, 16, 3))[1] == run(settings(0.1, 16, 3))[1]
