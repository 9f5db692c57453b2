"""Trees in emlearn's form: 16-bit thresholds and 8-bit leaves, as small microcontrollers want them."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellSkipped
from idsbench_devices.literals import array
from idsbench_devices.network import ADDS_UP, Forest, Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST, MOST = -32000, 32000
MOST_COLUMNS, MOST_STEPS = 127, 32_767
"""What emlearn's table of nodes can hold (0.23.2, eml_trees.h: int8_t feature, int16_t children)."""


def quantised(model: Forest, rows: NDArray[np.float32]) -> str:
    """Write emlearn's tables with the scale that turns a row into 16-bit numbers.

    A column's range is that of the training rows and of its thresholds, which training rows gave
    too. Numbers outside it are put to its ends; they lie on the same side of every threshold.

    Args:
        model: a forest whose leaves hold shares of classes.
        rows: (m, d) training rows.

    Raises:
        CellSkipped: the trees do not vote with shares, or are too large for emlearn's tables.
    """
    if model.link != "identity" or model.start.any():
        raise CellSkipped(ADDS_UP)
    longest = max(len(tree.feature) for tree in model.trees)
    if model.columns > MOST_COLUMNS or longest > MOST_STEPS:
        raise CellSkipped(
            f"edge-c[dtype=int16] holds up to {MOST_COLUMNS} columns and trees of {MOST_STEPS} "
            f"nodes, and this model has {model.columns} and {longest}: use edge-c[dtype=float]"
        )
    low, factor = scale(model, rows)
    trees = [_as_emlearn_reads(tree, low, factor) for tree in model.trees]
    emlearn = _emlearn()
    flat = emlearn.flatten_forest(trees, leaf="probabilities", leaf_bits=8)
    classes = trees[0].value.shape[2]
    text: str = emlearn.generate_c_loadable(
        emlearn.remove_duplicate_leaves(flat),
        "forest",
        model.columns,
        dtype="int16_t",
        n_classes=classes,
        leaf_bits=8,
    )
    limits = f"#define LEAST {LEAST}\n#define MOST {MOST}\n#define CLASSES {classes}\n"
    return limits + array("low", low) + array("factor", factor) + text


def scale(
    model: Forest, rows: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give, for each column, what is taken off and what the rest is multiplied by: (d,), (d,)."""
    low, high = rows.min(axis=0).astype(np.float64), rows.max(axis=0).astype(np.float64)
    for tree in model.trees:
        inner = tree.feature >= 0
        np.minimum.at(low, tree.feature[inner], tree.threshold[inner])
        np.maximum.at(high, tree.feature[inner], tree.threshold[inner])
    reach = high - low
    factor = np.divide(MOST - LEAST, reach, out=np.zeros_like(reach), where=reach > 0)
    return low.astype(np.float32), factor.astype(np.float32)


def steps(
    values: NDArray[np.float32], low: NDArray[np.float32], factor: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Quantise as the C does, in single precision."""
    raw = np.floor((values - low) * factor) + np.float32(LEAST)
    clipped: NDArray[np.int64] = np.clip(raw, LEAST, MOST).astype(np.int64)
    return clipped


def _as_emlearn_reads(tree: Tree, low: NDArray[np.float32], factor: NDArray[np.float32]) -> Any:
    """Give a tree under the names that emlearn reads of scikit-learn's.

    emlearn goes left where a number is below the threshold, and here where it is not above it.
    """
    inner = tree.feature >= 0
    column = np.maximum(tree.feature, 0)
    threshold = steps(tree.threshold, low[column], factor[column]) + 1
    shares = tree.value.astype(np.float64)
    if shares.shape[1] == 1:
        shares = np.hstack([1 - shares, shares])
    return SimpleNamespace(
        node_count=len(column),
        children_left=np.where(inner, np.arange(len(column)) + 1, -1),
        children_right=np.where(inner, tree.right, -1),
        feature=column,
        threshold=threshold,
        value=np.clip(shares, 0.0, 1.0)[:, None, :],
    )


def _emlearn() -> Any:
    # Imported, emlearn 0.23 makes numpy raise on underflow everywhere: that is undone at once.
    with warnings.catch_warnings(), np.errstate():
        warnings.simplefilter("ignore")  # it imports distutils, which Python deprecates
        from emlearn import trees  # type: ignore[import-untyped]
    return trees
