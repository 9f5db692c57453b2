"""How well one column alone tells classes apart: a depth-8 tree, 5 folds, balanced accuracy.

The tree is CART with the Gini index on a single column, so its leaves are intervals: rows are first
counted per distinct value, and every level of the tree is then grown for all nodes at once from
running sums. Cost per column is one sort of n values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 8
FOLDS = 5
MOST_VALUES = 8_192  # beyond it, neighbouring values are one: 256 leaves need no finer grid


@dataclass(frozen=True)
class Ranked:
    """A column as places in its order.

    Args:
        code: int64 (n,), each row's place among `values`.
        values: float64 (D,), rising.
    """

    code: NDArray[np.int64]
    values: NDArray[np.float64]


def ranked(column: NDArray[np.generic], most: int = MOST_VALUES) -> Ranked:
    """Rank a column (n,); where it has more than `most` values, neighbours share a place."""
    values, code, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(values) > most:
        place = (np.cumsum(counts) - 1) * most // len(column)
        first = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
        place = np.searchsorted(first, np.arange(len(values)), side="right") - 1
        values, code = values[first], place[code]
    return Ranked(code.astype(np.int64), values.astype(np.float64))


def stratified_folds(
    y: NDArray[np.integer], folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give each row (n,) the number of its fold; every class is spread evenly."""
    fold = np.empty(len(y), dtype=np.int64)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        fold[members] = np.arange(len(members)) % folds
    return fold


def column_score(
    column: Ranked, y: NDArray[np.integer], fold: NDArray[np.int64], *, weighted: bool = True
) -> float:
    """Give the balanced accuracy of one column's tree on rows that it was not grown on.

    Args:
        column: of n rows.
        y: (n,) class codes from 0.
        fold: (n,) fold numbers from 0.
        weighted: grow the tree with classes weighted alike, so that a rare class counts.
    """
    counts = _counts(column, y, fold)
    total = counts.sum(axis=0)
    correct = np.zeros(len(total))
    for held in counts:
        predicted = _predicted(column.values, total - held, weighted)
        correct += _correct(held, predicted)
    return _balanced(correct, total)


def fitted_score(column: Ranked, y: NDArray[np.integer]) -> float:
    """Give the balanced accuracy on the rows that the tree was grown on: cheap, and optimistic."""
    total = _counts(column, y, np.zeros(len(y), dtype=np.int64))[0]
    return _balanced(_correct(total, _predicted(column.values, total, True)), total)


def lookup_score(keys: Ranked, y: NDArray[np.integer], fold: NDArray[np.int64]) -> float:
    """Give the balanced accuracy of looking up each key's class among the rows of the other folds.

    For keys without an order (addresses, files). A key that the other folds do not hold gets the
    class that is most frequent there.
    """
    counts = _counts(keys, y, fold)
    total = counts.sum(axis=0)
    correct = np.zeros(len(total))
    for held in counts:
        known = total - held
        shares = known * _weights(known)[:, None]
        usual = known.sum(axis=1).argmax()
        correct += _correct(held, np.where(known.any(axis=0), shares.argmax(axis=0), usual))
    return _balanced(correct, total)


def _counts(column: Ranked, y: NDArray[np.integer], fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count rows per fold, class and value: (F, K, D)."""
    folds, classes, size = int(fold.max()) + 1, int(y.max()) + 1, len(column.values)
    flat = (fold * classes + y) * size + column.code
    return np.bincount(flat, minlength=folds * classes * size).reshape(folds, classes, size)


def _correct(counts: NDArray[np.int64], predicted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the rows (K, D) whose class is the predicted one (D,), per class (K,)."""
    hits = [float(one[predicted == label].sum()) for label, one in enumerate(counts)]
    return np.array(hits, dtype=np.float64)


def _balanced(correct: NDArray[np.float64], total: NDArray[np.int64]) -> float:
    rows = total.sum(axis=1)
    return float((correct[rows > 0] / rows[rows > 0]).mean())


def _weights(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    rows = counts.sum(axis=1)
    shares: NDArray[np.float64] = np.divide(1.0, rows, out=np.zeros(len(rows)), where=rows > 0)
    return shares


def _predicted(
    values: NDArray[np.float64], counts: NDArray[np.int64], weighted: bool
) -> NDArray[np.int64]:
    """Grow a tree on counts (K, D) and give its class for each value (D,)."""
    there = counts.any(axis=0)
    known, mass = values[there], counts[:, there].astype(np.float64)
    if weighted:
        # Scaled to the number of rows, so that sums stay as exact as plain counts are.
        mass *= (_weights(counts) * counts.sum())[:, None]
    sums = np.zeros((len(mass), len(known) + 1))
    np.cumsum(mass, axis=1, out=sums[:, 1:])
    starts = _grow(sums)
    leaves = np.diff(sums[:, np.r_[starts, len(known)]], axis=1).argmax(axis=0)
    thresholds = (known[starts[1:] - 1] + known[starts[1:]]) / 2
    classes: NDArray[np.int64] = leaves[np.searchsorted(thresholds, values, side="left")]
    return classes


def _grow(sums: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the first value of each leaf, from running sums (K, D+1) over D values."""
    size = sums.shape[1] - 1
    cut = np.zeros(size, dtype=np.bool_)
    cut[0] = True
    for _ in range(DEPTH):
        starts = np.flatnonzero(cut)
        ends = np.r_[starts[1:], size]
        mass = sums[:, ends] - sums[:, starts]
        impure = np.count_nonzero(mass > mass.max(axis=0) * 1e-9, axis=0) > 1
        open_nodes = np.flatnonzero(impure & (ends - starts > 1))
        if not len(open_nodes):
            break
        cut[_best_cuts(sums, starts[open_nodes], ends[open_nodes])] = True
    return np.flatnonzero(cut)


def _best_cuts(
    sums: NDArray[np.float64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give each node's best cut: the first value of its right half."""
    lengths = ends - starts - 1  # cuts within a node
    first = np.r_[0, np.cumsum(lengths)[:-1]]
    cuts = np.arange(lengths.sum()) + np.repeat(starts + 1 - first, lengths)
    halves = np.zeros((4, len(cuts)))  # rows and sums of squares, left and right
    for one in sums:
        here = one[cuts]
        left, right = here - np.repeat(one[starts], lengths), np.repeat(one[ends], lengths) - here
        halves[0] += left
        halves[1] += left * left
        halves[2] += right
        halves[3] += right * right
    gain = halves[1] / halves[0] + halves[3] / halves[2]
    best = np.repeat(np.maximum.reduceat(gain, first), lengths)
    place = np.where(gain >= best, np.arange(len(gain)), len(gain))
    chosen: NDArray[np.int64] = cuts[np.minimum.reduceat(place, first)]
    return chosen
