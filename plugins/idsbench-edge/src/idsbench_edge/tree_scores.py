"""From the sums of trees to scores, as operators of an ONNX graph, in double precision.

In single precision the probabilities of sure rows would collapse onto 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import helper

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import NodeProto

RAW, SCORES, SHARES = "raw", "scores", "shares"


@dataclass(frozen=True, eq=False)
class Finish:
    """Operators from `raw` (n, k) to `scores`.

    Args:
        nodes: in order.
        constants: their other inputs, by name.
        width: columns of `scores` (n, width); None where it is (n,).
    """

    nodes: Sequence[NodeProto]
    constants: Mapping[str, NDArray[Any]]
    width: int | None = None


def of_margins(learned: Sequence[int], width: int) -> Finish:
    """Margins -> probabilities: one column is that of the second of two classes, else softmax.

    Args:
        learned: codes of the classes that were learned, rising.
        width: classes of the task; those never learned score 0.
    """
    node = helper.make_node
    if len(learned) > 2:
        return _placed([node("Softmax", [RAW], [SHARES], axis=1)], {}, learned, width)
    pair = [
        node("Sigmoid", [RAW], ["second"]),
        node("Sub", ["one", "second"], ["first"]),
        node("Concat", ["first", "second"], [SHARES], axis=1),
    ]
    return _placed(pair, {"one": np.array(1.0)}, learned, width)


def of_path_lengths(mean: float, level: float) -> Finish:
    """An isolation forest's path lengths (n, 1), summed over its trees -> scores (n,).

    Args:
        mean: what the sum is on average; 2 to the power of -sum / mean is the anomaly a.
        level: scores are a / (a + level).
    """
    node = helper.make_node
    nodes = [
        node("Div", [RAW, "mean"], ["lengths"]),
        node("Pow", ["two", "lengths"], ["anomalies"]),
        node("Add", ["anomalies", "level"], ["wide"]),
        node("Div", ["anomalies", "wide"], ["found"]),
        node("Squeeze", ["found", "axis"], [SCORES]),
    ]
    numbers = {"mean": np.array(-mean), "two": np.array(2.0), "level": np.array(level)}
    return Finish(nodes, {**numbers, "axis": np.array([1])})


def _placed(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]],
    learned: Sequence[int],
    width: int,
) -> Finish:
    """Put the shares (n, learned) into the columns of their codes; two classes give (n,)."""
    node = helper.make_node
    # One column of zeros behind the others stands for all classes that were never learned.
    place = np.full(width, len(learned))
    place[list(learned)] = np.arange(len(learned))
    padded = node("Pad", [SHARES, "around"], ["padded"])
    around = np.array([0, 0, 0, 1])
    index = np.array(place[1]) if width == 2 else place
    put = node("Gather", ["padded", "place"], [SCORES], axis=1)
    numbers = {**constants, "around": around, "place": index}
    return Finish([*nodes, padded, put], numbers, None if width == 2 else width)
