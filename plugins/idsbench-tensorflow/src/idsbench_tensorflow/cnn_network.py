"""The network of paper C, in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from idsbench.errors import CellError
from idsbench_tensorflow.runtime import keras, tf


@dataclass(frozen=True)
class CnnShape:
    """All that decides the network.

    Args:
        image: height, width and channels of one image at its natural size.
        size: side in pixels after enlarging.
        filters: filters per convolution.
        kernel: side of a filter in pixels.
        stride: pixels between two places of a filter.
        padding: "same" or "valid".
        convolutions: how many, each followed by an activation and pooling.
        pooling: side and stride of the pooling window; 1 for none.
        pooling_type: "max" or "average".
        activation: "relu", "elu" or "tanh".
        dense: width of the fully connected layer; 0 for none.
        dropout: share of numbers left out before the output while training.
    """

    image: tuple[int, int, int]
    size: int
    filters: int
    kernel: int
    stride: int
    padding: str
    convolutions: int
    pooling: int
    pooling_type: str
    activation: str
    dense: int
    dropout: float


class Enlarge(keras.layers.Layer):  # type: ignore[misc] # keras is untyped
    """Repeats pixels up to a square: pixel i of `size` is pixel floor(i side / size) of the image.

    Keras's own layer takes floor((i + 0.5) side / size), PyTorch and `cnn` do not.
    """

    def __init__(self, size: int, name: str) -> None:
        super().__init__(name=name)
        self.size = size

    def call(self, images: Any) -> Any:
        """(n, h, w, c) -> (n, size, size, c)."""
        return tf.raw_ops.ResizeNearestNeighbor(images=images, size=[self.size, self.size])

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give the shape of what `call` gives."""
        return (shape[0], self.size, self.size, shape[3])


def check(shape: CnnShape) -> None:
    """Refuse an image that the network would shrink, or a network that runs out of pixels.

    Raises:
        CellError: what does not fit, and what to change.
    """
    height, width, _ = shape.image
    if max(height, width) > shape.size:
        raise CellError(
            f"cnn-keras[size={shape.size}] would lose pixels of an image of {height} x {width}: "
            f"use cnn-keras[size={max(height, width)}] or more"
        )
    side = shape.size
    for number in range(1, shape.convolutions + 1):
        lost = 0 if shape.padding == "same" else shape.kernel - 1
        side = max(0, -(-(side - lost) // shape.stride)) // shape.pooling
        if side < 1:
            raise CellError(
                f"cnn-keras[size={shape.size}] has no pixel left after convolution {number} of "
                f"{shape.convolutions}: use a larger size, fewer convolutions or less pooling"
            )


def build(shape: CnnShape) -> keras.Model:
    """Give the untrained network: images (n, h, w, c) -> logits (n, 1).

    Enlarging is its first layer, so images stay small everywhere else. Weights start as PyTorch
    starts those of `cnn`.
    """
    images = keras.Input(shape.image, name="image")
    x = Enlarge(shape.size, name="enlarge")(images)
    pooling = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    # Of a maximum either order gives the same, and what is pooled first has fewer numbers left.
    late = shape.pooling_type == "max"
    for number in range(1, shape.convolutions + 1):
        x = keras.layers.Conv2D(
            shape.filters,
            shape.kernel,
            strides=shape.stride,
            padding=shape.padding,
            activation=None if late else shape.activation,
            name=f"convolution{number}",
            **_start(shape.kernel**2 * x.shape[-1]),
        )(x)
        x = pooling[shape.pooling_type](shape.pooling, name=f"pool{number}")(x)
        if late:
            x = keras.layers.Activation(shape.activation, name=f"{shape.activation}{number}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    if shape.dense:
        dense = keras.layers.Dense(
            shape.dense, activation=shape.activation, name="dense", **_start(x.shape[-1])
        )
        x = dense(x)
    if shape.dropout:
        x = keras.layers.Dropout(shape.dropout, name="dropout")(x)
    # In float32 whatever the rest computes in: the loss needs its digits.
    output = keras.layers.Dense(1, name="output", dtype="float32", **_start(x.shape[-1]))
    return keras.Model(images, output(x))


def _start(inputs: int) -> dict[str, keras.Initializer]:
    """Start weights and biases uniformly within one over the root of the inputs of a filter."""
    limit = float(inputs) ** -0.5
    uniform = keras.initializers.RandomUniform
    return {
        "kernel_initializer": uniform(-limit, limit),
        "bias_initializer": uniform(-limit, limit),
    }
