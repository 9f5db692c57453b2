"""From images to probabilities, through TensorFlow functions of fixed signature."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench_tensorflow.runtime import keras, tf

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
    piece = max(1, PIXELS_PER_PIECE // size**2)

    @cache
    def compiled(rows: int | None) -> Any:
        return function.get_concrete_function(tf.TensorSpec((rows, *image), tf.float32))

    def probability(x: NDArray[np.float32]) -> NDArray[np.float64]:
        if len(x) == 1:
            return np.asarray(compiled(1)(tf.constant(x)).numpy())
        scores = np.empty(len(x))
        for start in range(0, len(x), piece):
            rows = slice(start, start + piece)
            scores[rows] = compiled(None)(tf.constant(x[rows])).numpy()
        return scores

    return probability
