from __future__ import annotations

import numpy as np
import pytest

from idsbench_tensorflow.losses import cross_entropy
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.steps import FALLS, Rate, learning_step, make_learner

X = np.random.default_rng(0).random((8, 1, 1, 1), dtype=np.float32)
Y = np.array([0, 1] * 4, dtype=np.float32)


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((1, 1, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def after(steps: int, rows_at_once: int = 8, optimizer: str = "adam", schedule: str = "linear"):
    net = network()
    learner = make_learner(net, cross_entropy, optimizer, "float32", Rate(0.1, schedule, 4))
    step = learning_step(learner, rows_at_once)
    logits = [step(X, Y).numpy() for _ in range(steps)]
    return net.get_weights(), logits


@pytest.mark.parametrize(
    ("optimizer", "theirs"),
    [
        ("adam", lambda: keras.optimizers.Adam(0.1)),
        ("rmsprop", lambda: keras.optimizers.RMSprop(0.1, rho=0.9)),
        ("sgd", lambda: keras.optimizers.SGD(0.1, momentum=0.9)),
    ],
)
def test_a_step_is_that_of_keras_with_a_falling_rate(optimizer, theirs):
    net, rule = network(), theirs()
    for done in range(2):
        rule.learning_rate = 0.1 * (1 - done / 4)
        with tf.GradientTape() as tape:
            loss = keras.losses.BinaryCrossentropy(from_logits=True)(Y[:, None], net(X))
        rule.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
    if optimizer == "sgd":
        # Keras puts the rate of each step into its momentum, PyTorch and this rule do not.
        weights, _ = after(1, optimizer=optimizer)
        first = network()
        rule = theirs()
        with tf.GradientTape() as tape:
            loss = keras.losses.BinaryCrossentropy(from_logits=True)(Y[:, None], first(X))
        rule.apply(tape.gradient(loss, first.trainable_variables), first.trainable_variables)
        net = first
    else:
        weights, _ = after(2, optimizer=optimizer)
    for mine, other in zip(weights, net.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4)


def test_a_batch_in_pieces_gives_the_same_step():
    whole, logits = after(3)
    pieces, pieced = after(3, rows_at_once=3)
    for mine, other in zip(pieces, whole, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)
    np.testing.assert_allclose(pieced, logits, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25]),
        ("cosine", [1, 0.853553, 0.5, 0.146447]),
    ],
)
def test_the_learning_rate_falls_as_the_schedule_says(schedule, expected):
    found = [FALLS[schedule](tf.constant(done)).numpy() for done in (0.0, 0.25, 0.5, 0.75)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_optimizers_take_different_steps():
    found = {name: after(2, optimizer=name)[0][0].item() for name in ("adam", "rmsprop", "sgd")}
    assert len(set(found.values())) == 3
