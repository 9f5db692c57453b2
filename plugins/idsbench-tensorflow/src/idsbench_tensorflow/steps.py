"""One step of learning, as one TensorFlow function; a large batch in pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench_tensorflow.losses import Loss
from idsbench_tensorflow.optimizers import Rule, update_rule
from idsbench_tensorflow.runtime import keras, tf

Step = Callable[[NDArray[np.float32], NDArray[np.float32]], Any]
FALLS: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "constant": tf.ones_like,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 + 0.5 * tf.cos(math.pi * done),
}
"""What the learning rate is multiplied by when this share of the steps is done."""
# Gradients in float16 vanish unless they are scaled up; the other numbers reach further down.
SCALES = {"float32": 1.0, "bfloat16": 1.0, "float16": 1024.0}


@dataclass(frozen=True)
class Rate:
    """The learning rate at its start, how it falls, and over how many steps."""

    start: float
    schedule: str
    steps: int


@dataclass(frozen=True)
class Learner:
    """What a step needs: the network, what is made small, and what changes the weights.

    Args:
        network: images (n, h, w, c) -> logits (n, 1).
        loss: from logits and labels to one number a row.
        scale: by which the loss is multiplied while gradients are computed.
        rule: changes the weights by their gradients.
        rate: of the step.
        done: a count of the steps done.
    """

    network: keras.Model
    loss: Loss
    scale: float
    rule: Rule
    rate: Rate
    done: tf.Variable

    def gradients(
        self, x: tf.Tensor, y: tf.Tensor, rows: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Logits (b,) of some rows, and what they add to the gradients of a batch of so many."""
        weights = [variable.value for variable in self.network.trainable_variables]
        with tf.GradientTape() as tape:
            logits = self.network(x, training=True)[:, 0]
            loss = tf.reduce_sum(self.loss(logits, y)) / rows * self.scale
        found = tape.gradient(loss, weights)
        return logits, found if self.scale == 1.0 else [one / self.scale for one in found]

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Change the weights by one step."""
        share = self.done / float(self.rate.steps)
        rate = self.rate.start * FALLS[self.rate.schedule](share)
        self.rule.update(gradients, rate)
        self.done.assign_add(1.0)

    def learn(self, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        """Learn from one batch: x (b, h, w, c), y (b,) -> logits (b,) as they were before."""
        logits, gradients = self.gradients(x, y, tf.cast(tf.shape(y)[0], tf.float32))
        self.apply(gradients)
        return logits


def make_learner(
    network: keras.Model, loss: Loss, optimizer: str, precision: str, rate: Rate
) -> Learner:
    """Give a learner whose rule of a step has no history yet."""
    weights = [variable.value for variable in network.trainable_variables]
    rule = update_rule(optimizer, weights)
    return Learner(network, loss, SCALES[precision], rule, rate, tf.Variable(0.0))


def learning_step(learner: Learner, rows_at_once: int) -> Step:
    """Give a function that learns from one batch: x (b, h, w, c), y (b,) -> logits (b,).

    A batch of more than `rows_at_once` rows goes in pieces, with the same step at its end.
    """
    images = tf.TensorSpec((None, *learner.network.input_shape[1:]), tf.float32)
    labels, rows = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.float32)

    @cache
    def whole() -> Any:
        # autograph rewrites Python branches on tensors; there are none, and it is slow.
        return tf.function(learner.learn, autograph=False).get_concrete_function(images, labels)

    @cache
    def piece() -> Any:
        function = tf.function(learner.gradients, autograph=False)
        return function.get_concrete_function(images, labels, rows)

    apply = tf.function(learner.apply, autograph=False)

    def step(x: NDArray[np.float32], y: NDArray[np.float32]) -> Any:
        if len(y) <= rows_at_once:
            return whole()(tf.constant(x), tf.constant(y))
        seen, total = [], None
        for start in range(0, len(y), rows_at_once):
            here = slice(start, start + rows_at_once)
            logits, gradients = piece()(
                tf.constant(x[here]), tf.constant(y[here]), tf.constant(float(len(y)))
            )
            seen.append(logits)
            total = (
                gradients
                if total is None
                else [a + b for a, b in zip(total, gradients, strict=True)]
            )
        apply(total)
        return tf.concat(seen, axis=0)

    return step
