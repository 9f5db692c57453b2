"""The shapes of the network of paper C, computed without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

from idsbench.errors import CellError


@dataclass(frozen=True)
class Architecture:
    """All that decides the network.

    Args:
        image: height, width and channels of one image at its natural size.
        size: side in pixels after enlarging.
        filters: filters per convolution.
        kernel: side of a filter in pixels.
        convolutions: how many, each followed by an activation and pooling.
        dense: width of the fully connected layer; 0 for none.
        padding: "same" or "valid".
        pooling: side and stride of the pooling window; 1 for none.
        stride: pixels between two places of a filter.
        pooling_type: "max" or "average".
        activation: "relu", "elu" or "tanh".
        dropout: share of numbers left out before the output while training.
    """

    image: tuple[int, int, int]
    size: int
    filters: int
    kernel: int
    convolutions: int
    dense: int
    padding: str
    pooling: int
    stride: int = 1
    pooling_type: str = "max"
    activation: str = "relu"
    dropout: float = 0.0


def check(shape: Architecture) -> None:
    """Refuse an image that the network would shrink, or a network that runs out of pixels.

    Raises:
        CellError: what does not fit, and what to change.
    """
    height, width, _ = shape.image
    if max(height, width) > shape.size:
        raise CellError(
            f"cnn[size={shape.size}] would lose pixels of an image of {height} x {width}: "
            f"use cnn[size={max(height, width)}] or more"
        )
    for number, (_, pooled) in enumerate(sides(shape), start=1):
        if pooled < 1:
            raise CellError(
                f"cnn[size={shape.size}] has no pixel left after convolution {number} of "
                f"{shape.convolutions}: use a larger size, fewer convolutions or less pooling"
            )


def sides(shape: Architecture) -> list[tuple[int, int]]:
    """Side in pixels after each convolution, and after its pooling.

    >>> sides(Architecture((6, 6, 1), 12, 32, 3, 2, 64, "same", 2))
    [(12, 6), (6, 3)]
    >>> sides(Architecture((6, 6, 1), 12, 32, 3, 2, 64, "valid", 2))
    [(10, 5), (3, 1)]
    >>> sides(Architecture((6, 6, 1), 13, 32, 3, 2, 64, "same", 1, stride=2))
    [(7, 7), (4, 4)]
    """
    side, found = shape.size, []
    for _ in range(shape.convolutions):
        lost = 0 if shape.padding == "same" else shape.kernel - 1
        convolved = max(0, -(-(side - lost) // shape.stride))
        side = convolved // shape.pooling
        found.append((convolved, side))
    return found


def border(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Rows of zeros before and after an image of this side, so that "same" holds with a stride.

    Every place of a filter is `stride` pixels from the next, and the odd row goes to the end, as
    TensorFlow has it.

    >>> border(12, 3, 1), border(12, 3, 2), border(13, 3, 2)
    ((1, 1), (0, 1), (1, 1))
    """
    total = max(0, (-(-side // stride) - 1) * stride + kernel - side)
    return total // 2, total - total // 2


def flat_width(shape: Architecture) -> int:
    """Numbers per row after flattening.

    >>> flat_width(Architecture((6, 6, 1), 12, 32, 3, 2, 64, "same", 2))
    288
    """
    return int(shape.filters * sides(shape)[-1][1] ** 2)


def macs(shape: Architecture) -> int:
    """Multiply-accumulate operations per row: convolutions and dense layers.

    Enlarging, activations, pooling and biases multiply nothing and count nothing. Pixels of the
    "same" border count like any others.

    >>> macs(Architecture((2, 2, 1), 2, 1, 1, 1, 0, "same", 1))
    8
    """
    channels, total = shape.image[2], 0
    for convolved, _ in sides(shape):
        total += convolved**2 * shape.filters * channels * shape.kernel**2
        channels = shape.filters
    width = flat_width(shape)
    return total + (width * shape.dense + shape.dense if shape.dense else width)
