"""MobileNet from keras.applications, changed so that it learns from few rows on a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

from idsbench.errors import CellError
from idsbench_tensorflow.runtime import keras, tf

WIDTHS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "v1": (0.25, 0.5, 0.75, 1.0),
        "v2": (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
        "v3-small": (0.35, 0.5, 0.75, 1.0, 1.25),
    }
)


@dataclass(frozen=True)
class Architecture:
    """All that decides the network's shape.

    Args:
        image: height, width and channels of one image at its natural size.
        size: side in pixels after enlarging.
        version: "v1", "v2" or "v3-small".
        alpha: the width multiplier.
        momentum: of the moving averages in batch normalisation.
        dropout: share of numbers left out before the output while training.
    """

    image: tuple[int, int, int]
    size: int
    version: str
    alpha: float
    momentum: float
    dropout: float = 0.0


class FusedNormalization(keras.layers.BatchNormalization):  # type: ignore[misc] # keras is untyped
    """Batch normalisation as one TensorFlow operation.

    Keras writes it as some sixty with their gradients, which doubles the time to trace a MobileNet
    and slows its small steps by a third. The averages it keeps are those of Keras, but for the
    variance, which has n - 1 below the line.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """(n, h, w, c) -> (n, h, w, c)."""
        fused = tf.compat.v1.nn.fused_batch_norm
        outputs, mean, variance = fused(
            inputs,
            self.gamma,
            self.beta,
            mean=self.moving_mean,
            variance=self.moving_variance,
            epsilon=self.epsilon,
            is_training=bool(training),
            exponential_avg_factor=1.0 - self.momentum if training else 1.0,
        )
        if training:
            self.moving_mean.assign(mean)
            self.moving_variance.assign(variance)
        return outputs


def check(shape: Architecture) -> None:
    """Refuse a width that the version does not come in, or an image that would be shrunk.

    Raises:
        CellError: what does not fit, and what to change.
    """
    widths = WIDTHS[shape.version]
    if shape.alpha not in widths:
        known = ", ".join(f"{width:g}" for width in widths)
        raise CellError(
            f"mobilenet[version={shape.version}] has no width alpha={shape.alpha:g}: "
            f"use one of {known}"
        )
    height, width, _ = shape.image
    if max(height, width) > shape.size:
        raise CellError(
            f"mobilenet[size={shape.size}] would lose pixels of an image of {height} x {width}: "
            f"use mobilenet[size={max(height, width)}] or more"
        )


def build(shape: Architecture) -> keras.Model:
    """Give the untrained network: images (n, h, w, c) -> logits (n, 1).

    Enlarging is its first layer, so images stay small everywhere else.
    """
    images = keras.Input(shape.image, name="image")
    enlarged = keras.layers.Resizing(
        shape.size, shape.size, interpolation="nearest", name="enlarge"
    )(images)
    base = _plain(shape)
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            _fuse(layer, shape.momentum)
    x = base(enlarged)
    if shape.dropout:
        x = keras.layers.Dropout(shape.dropout, name="dropout")(x)
    # In float32 whatever the rest computes in: the loss needs its digits.
    return keras.Model(images, keras.layers.Dense(1, name="output", dtype="float32")(x))


def macs(model: keras.Model) -> int:
    """Multiply-accumulate operations per row, from the shapes of the layers.

    Convolutions and dense layers count; enlarging, normalisation, biases and activations do not.
    """
    return sum(
        macs(layer) if isinstance(layer, keras.Model) else _layer_macs(layer)
        for layer in model.layers
    )


def _layer_macs(layer: keras.Layer) -> int:
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return int(prod(layer.output.shape[1:]) * prod(layer.kernel_size))
    if isinstance(layer, keras.layers.Conv2D):
        per_output = prod(layer.kernel_size) * layer.kernel.shape[2]
        return int(prod(layer.output.shape[1:]) * per_output)
    if isinstance(layer, keras.layers.Dense):
        return int(prod(layer.kernel.shape))
    return 0


def _plain(shape: Architecture) -> keras.Model:
    """The network as keras.applications has it, without a head and without downloaded weights."""
    inputs = (shape.size, shape.size, shape.image[2])
    if shape.version == "v3-small":
        return keras.applications.MobileNetV3Small(
            input_shape=inputs,
            alpha=shape.alpha,
            include_top=False,
            weights=None,
            pooling="avg",
            include_preprocessing=False,
        )
    builders = {"v1": keras.applications.MobileNet, "v2": keras.applications.MobileNetV2}
    return builders[shape.version](
        input_shape=inputs, alpha=shape.alpha, include_top=False, weights=None, pooling="avg"
    )


def _fuse(layer: keras.layers.BatchNormalization, momentum: float) -> None:
    """Make a layer that is built compute as `FusedNormalization`.

    A layer that takes its place in a copy of the network would cost as long again as building it.
    """
    layer.__class__ = FusedNormalization
    layer.momentum = momentum
    # In float32 whatever the rest computes in: variances of short numbers are too coarse.
    layer.dtype_policy = "float32"
