"""What an ONNX file says, as the few values that C is written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Sides = tuple[int, int, int]
MULTIPLIES = "edge-c[dtype=int16] is for trees, and this model multiplies: use edge-c[dtype=float]"
ADDS_UP = (
    "edge-c[dtype=int16] holds trees that vote with shares of classes, and these add up to "
    "a logit: use edge-c[dtype=float]"
)
"""Why int16 does not hold a network, or boosted trees."""


@dataclass(frozen=True)
class Tree:
    """One tree in preorder: the left child of inner node i is i + 1.

    Args:
        feature: (m,) column of an inner node, -1 for a leaf.
        threshold: (m,) float32; rows with x <= threshold go left. 0 in leaves.
        right: (m,) the right child of an inner node, 0 in leaves.
        value: (m, k) float32, what a leaf adds to the k sums; 0 in inner nodes.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]


@dataclass(frozen=True)
class Forest:
    """Trees whose leaf values are averaged.

    Args:
        trees: at least one.
        columns: d, numbers in a row.
        start: (k,) added to the mean.
        link: what turns the k sums into scores: identity, logistic or softmax.
    """

    trees: tuple[Tree, ...]
    columns: int
    start: NDArray[np.float32]
    link: str

    @property
    def outputs(self) -> int:
        """Numbers in an answer."""
        return len(self.start)


@dataclass(frozen=True)
class Layer:
    """One step of a network on a row's numbers, which lie channel by channel.

    Args:
        kind: dense, conv, pool_max, pool_average, resize (nearest), planes (channels apart), pixels (their
            channels together), take
            (one number), flatten, or a function of each number: relu, elu, tanh, logistic, softmax.
        before, after: channels, height, width; of a vector (n, 1, 1).
        weight: dense (inputs, outputs); conv (outputs, channels, height, width); else None.
        bias: (outputs,); else None.
        window: height and width of a kernel or pool; of `take` which number, and 1.
        stride: of a convolution or pool, down and across.
        border: rows above and columns left of the image that count as 0.
    """

    kind: str
    before: Sides
    after: Sides
    weight: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None
    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    border: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Layers:
    """A network: a row of `columns` numbers goes through the layers in order."""

    layers: tuple[Layer, ...]
    columns: int

    @property
    def outputs(self) -> int:
        """Numbers behind the last layer."""
        channels, height, width = self.layers[-1].after
        return channels * height * width
