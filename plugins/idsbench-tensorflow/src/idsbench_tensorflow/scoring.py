"""From images to probabilities, through TensorFlow functions of fixed signature."""

from __future__ import annotations

from collections.abc import Callable

import idsbench_tensorflow.runtime  # noqa: F401, I001 - before keras, which reads the environment
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Probability = Callable[[NDArray[np.float32]], NDArray[np.float64]]
PIXELS_PER_PIECE = 2**20


def attack_probability(network: keras.Model, size: int) -> Probability:
    """Give a function from images (n, h, w, c) to float64 probabilities (n,).

    A single row has a function of its own, which skips the arithmetic on shapes. The sigmoid is
    taken in float64, because in float32 all logits over 17 would become the same score, 1.0.
    Many rows go through in pieces of at most a million enlarged pixels, which bounds the memory.
    """
    image = tuple(network.input_shape[1:])
    function = tf.function(
        lambda x: tf.sigmoid(tf.cast(network(x, training=False)[:, 0], tf.float64)),
        autograph=False,
    )
    many = function.get_concrete_function(tf.TensorSpec((None, *image), tf.float32))
    single = function.get_concrete_function(tf.TensorSpec((1, *image), tf.float32))
    piece = max(1, PIXELS_PER_PIECE // size**2)

    def probability(x: NDArray[np.float32]) -> NDArray[np.float64]:
        if len(x) == 1:
            return np.asarray(single(tf.constant(x)).numpy())
        scores = np.empty(len(x))
        for start in range(0, len(x), piece):
            rows = slice(start, start + piece)
            scores[rows] = many(tf.constant(x[rows])).numpy()
        return scores

    return probability
