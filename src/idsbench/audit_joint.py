"""A quick tree over all columns: depth 8, at most 256 values a column, accuracy on rows held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 8
VALUES = 256
MOST_ROWS = 20_000
TRAIN_SHARE = 0.7


def coded(column: NDArray[np.floating]) -> NDArray[np.int64]:
    """Give each value of a column (n,) its place, 0 to 255, among quantiles of the column.

    Where the column has no more than 256 values, each has a place of its own.
    """
    values, code = np.unique(column, return_inverse=True)
    if len(values) <= VALUES:
        return np.asarray(code, dtype=np.int64)
    edges = np.unique(np.quantile(column, np.linspace(0, 1, VALUES + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, column, side="right"), dtype=np.int64)


def tree_accuracy(
    codes: NDArray[np.int64], y: NDArray[np.integer], held: NDArray[np.bool_]
) -> float:
    """Grow one tree on the rows that are not held out, and give its accuracy on those that are.

    Args:
        codes: (d, n) places of each column's values, 0 to 255.
        y: (n,) class codes from 0.
        held: (n,) the rows held out.
    """
    classes = int(y.max()) + 1
    node = np.zeros(len(y), dtype=np.int64)
    grown = np.flatnonzero(~held)
    for _ in range(DEPTH):
        counts = np.bincount(node[grown] * classes + y[grown], minlength=(node.max() + 1) * classes)
        if (np.count_nonzero(counts.reshape(-1, classes), axis=1) <= 1).all():
            break
        column, place = _best(codes[:, grown], node[grown], y[grown], int(node.max()) + 1)
        rows = np.arange(len(y))
        node = node * 2 + (codes[column[node], rows] > place[node])
    leaves = np.zeros((int(node.max()) + 1, classes))
    np.add.at(leaves, (node[grown], y[grown]), 1)
    # A leaf that only held-out rows reach says what is most frequent.
    leaves[~leaves.any(axis=1)] = np.bincount(y[grown], minlength=classes)
    return float((leaves.argmax(axis=1)[node[held]] == y[held]).mean())


def _best(
    codes: NDArray[np.int64], node: NDArray[np.int64], y: NDArray[np.integer], nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each node's best column and the last place of its left half; codes (d, n)."""
    classes = int(y.max()) + 1
    key = (y.astype(np.int64) * nodes + node) * VALUES
    best = np.full(nodes, -np.inf)
    column, place = np.zeros(nodes, dtype=np.int64), np.full(nodes, VALUES, dtype=np.int64)
    for j, code in enumerate(codes):
        counts = np.bincount(key + code, minlength=classes * nodes * VALUES)
        left = np.cumsum(counts.reshape(classes, nodes, VALUES), axis=2, dtype=np.float64)
        right = left[:, :, -1:] - left
        gain = np.zeros((nodes, VALUES))
        for half in (left, right):
            rows = half.sum(axis=0)
            gain += np.divide((half**2).sum(axis=0), rows, out=np.zeros_like(rows), where=rows > 0)
        at = gain.argmax(axis=1)
        better = gain[np.arange(nodes), at] > best + 1e-9
        best[better] = gain[better, at[better]]
        column[better], place[better] = j, at[better]
    return column, place
