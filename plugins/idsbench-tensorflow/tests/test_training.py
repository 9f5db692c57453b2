from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.training import Schedule, learning_step, train


def parts(flip: bool = False) -> tuple[Batch, Batch]:
    """One pixel that tells the class; in the validation part it may tell the opposite."""
    y = np.array([0, 1] * 32, dtype=np.int16)
    x = y.astype(np.float32).reshape(-1, 1, 1, 1)
    return Batch(x, y), Batch(x, (1 - y).astype(np.int16) if flip else y)


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((1, 1, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def run(schedule: Schedule, flip: bool = False, told: list | None = None):
    net = network()
    progress = (lambda entry: None) if told is None else told.append
    return net, train(net, parts(flip), schedule, np.random.default_rng(0), progress)


def test_a_step_is_that_of_adam_in_keras_with_a_falling_rate():
    ours, theirs = network(), network()
    x = np.random.default_rng(0).random((8, 1, 1, 1), dtype=np.float32)
    y = np.array([0, 1] * 4, dtype=np.float32)
    step = learning_step(ours, 0.1, 4)
    optimizer = keras.optimizers.Adam(0.1)
    for done in range(3):
        step(tf.constant(x), tf.constant(y))
        optimizer.learning_rate = 0.1 * (1 - done / 4)
        with tf.GradientTape() as tape:
            loss = keras.losses.BinaryCrossentropy(from_logits=True)(y[:, None], theirs(x))
        gradients = tape.gradient(loss, theirs.trainable_variables)
        optimizer.apply(gradients, theirs.trainable_variables)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)


def test_every_epoch_reports_loss_and_accuracy_on_both_parts():
    told: list = []
    _, history = run(Schedule(0.1, 16, 3, 0), told=told)
    keys = {"epoch", "loss", "accuracy", "valid_loss", "valid_accuracy"}
    assert [set(entry) for entry in history] == [keys] * 3
    assert [entry["epoch"] for entry in history] == [1, 2, 3]
    assert told == [
        {**entry, "rows_per_s": told[i]["rows_per_s"]} for i, entry in enumerate(history)
    ]


def test_learning_lowers_the_loss():
    _, history = run(Schedule(0.2, 16, 20, 0))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_patience_stops_and_goes_back_to_the_best_epoch():
    net, history = run(Schedule(0.1, 16, 50, 2), flip=True)
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
            Schedule(0.5, 16, 3, 0),
            np.random.default_rng(0),
            lambda entry: None,
        )
    assert str(caught.value) == (
        "the training loss of mobilenet is not a number in epoch 1: use a learning_rate under 0.5"
    )


def test_training_leaves_tensorflows_graph_passes_as_they_were():
    run(Schedule(0.1, 16, 1, 0))
    assert not tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]
