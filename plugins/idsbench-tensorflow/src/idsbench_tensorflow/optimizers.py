"""Rules of a step, each one TensorFlow operation a weight tensor.

Keras writes a step as many operations, and they nearly double the time before the first one. The
constants are those of Keras; stochastic gradient descent has momentum 0.9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idsbench_tensorflow.runtime import tf

Update = Callable[[Sequence[tf.Tensor], tf.Tensor], None]
"""Change the weights by their gradients at a learning rate."""
EPSILON = 1e-7


@dataclass(frozen=True)
class Rule:
    """A rule of a step, and the variables that it keeps from one step to the next."""

    update: Update
    state: tuple[tf.Variable, ...]


def update_rule(name: str, weights: Sequence[tf.Variable]) -> Rule:
    """Give the rule of this name for these weights, with state of its own."""
    return {"adam": _adam, "rmsprop": _rmsprop, "sgd": _momentum}[name](weights)


def _zeros(weights: Sequence[tf.Variable]) -> list[tf.Variable]:
    return [tf.Variable(tf.zeros_like(weight)) for weight in weights]


def _adam(weights: Sequence[tf.Variable]) -> Rule:
    first, second, done = _zeros(weights), _zeros(weights), tf.Variable(0.0)

    def update(gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        count = done.assign_add(1.0)
        powers = tf.pow(0.9, count), tf.pow(0.999, count)
        for weight, m, v, gradient in zip(weights, first, second, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=rate,
                beta1=0.9,
                beta2=0.999,
                epsilon=EPSILON,
                grad=gradient,
            )

    return Rule(update, (*first, *second, done))


def _rmsprop(weights: Sequence[tf.Variable]) -> Rule:
    squares, momenta = _zeros(weights), _zeros(weights)

    def update(gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        for weight, square, momentum, gradient in zip(
            weights, squares, momenta, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyRMSProp(
                var=weight.handle,
                ms=square.handle,
                mom=momentum.handle,
                lr=rate,
                rho=0.9,
                momentum=0.0,
                epsilon=EPSILON,
                grad=gradient,
            )

    return Rule(update, (*squares, *momenta))


def _momentum(weights: Sequence[tf.Variable]) -> Rule:
    moving = _zeros(weights)

    def update(gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        for weight, average, gradient in zip(weights, moving, gradients, strict=True):
            tf.raw_ops.ResourceApplyMomentum(
                var=weight.handle, accum=average.handle, lr=rate, grad=gradient, momentum=0.9
            )

    return Rule(update, tuple(moving))
