"""What a training makes small: one number a row, before the mean is taken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from idsbench_tensorflow.runtime import tf

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""From logits (n,) and labels (n,), 1 for attack, to losses (n,)."""


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Binary cross-entropy of each row."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


def focal(gamma: float) -> Loss:
    """Give the focal loss (Lin et al., 2017) without its constant alpha: weigh classes instead.

    With p the probability given to the true class, a row's cross-entropy is multiplied by
    (1 - p) ** gamma.
    """

    def loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        plain = cross_entropy(logits, labels)
        # The slope of a power under 1 has no end at 0, where a sure row is.
        unsure = tf.maximum(-tf.math.expm1(-plain), 1e-12)
        return tf.pow(unsure, gamma) * plain

    return loss


def weighted(loss: Loss, labels: NDArray[np.int16]) -> Loss:
    """Weigh each class by n / (2 n_class) of `labels` (n,), so that the mean weight is 1."""
    attacks = float(np.mean(labels))
    benign_weight, attack_weight = 0.5 / (1 - attacks), 0.5 / attacks

    def balanced(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        weights = tf.where(labels > 0, attack_weight, benign_weight)
        return loss(logits, labels) * weights

    return balanced
