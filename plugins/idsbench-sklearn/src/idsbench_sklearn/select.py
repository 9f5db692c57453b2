"""The featurizer `select`: the few columns that tell most, as paper C reduces its 34 variables.

First of any columns that go together only the one that tells most stays, then the top k stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.correlation import correlations
from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL = "all"
NOISE_BITS = 1e-9  # gains that differ by rounding alone are ties


class Select:
    """Keeps whole columns, unscaled, in the table's order; chain it: ``select[k=8]+table``.

    Args:
        k: how many columns to keep, or "all"; fewer where pruning leaves fewer.
        correlation: of two columns with |r| above this, the one with less information gain goes.
        bins: intervals per column over which information gain is counted.
    """

    def __init__(self, k: str = "8", correlation: float = 0.95, bins: int = 64) -> None:
        self._k = None if k == ALL else int(k)
        self._correlation = correlation
        self._bins = bins
        self._kept: NDArray[np.int64] | None = None
        self._gain: NDArray[np.float64] = np.zeros(0)
        self._pruned: NDArray[np.int64] = np.zeros((0, 2), dtype=np.int64)
        self._pruned_r: NDArray[np.float64] = np.zeros(0)
        self._constant: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Choose from x (n, d) by information gain on y (n,); nothing is random.

        Ties go to the lower column. Columns that are constant in these rows are never kept.

        Raises:
            CellError: there are no rows, or every column is constant.
        """
        if not len(x):
            raise CellError("select needs at least one row and is given none: use more data")
        # Imported here: restoring and transforming, which a deployed model does, needs no sklearn.
        from idsbench_sklearn.information import information_gain

        constant = x.min(axis=0) == x.max(axis=0)
        varying = np.flatnonzero(~constant)
        if not len(varying):
            raise CellError(
                f"select has nothing to keep: all {x.shape[1]} columns are constant in the rows it "
                "is fitted on; use another split or featurizer"
            )
        self._gain = information_gain(x, y, self._bins)
        ranked = varying[np.argsort(-_rounded(self._gain[varying]), kind="stable")]
        free, pruned = _uncorrelated(correlations(x), ranked, self._correlation)
        self._kept = np.sort(free[: self._k]).astype(np.int64)
        self._pruned = np.array([pair for pair, _ in pruned], dtype=np.int64).reshape(-1, 2)
        self._pruned_r = np.array([r for _, r in pruned], dtype=np.float64)
        self._constant = np.flatnonzero(constant).astype(np.int64)

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> the kept columns (n, k).

        Raises:
            RuntimeError: neither `fit` nor `restore` was called.
        """
        if self._kept is None:
            raise RuntimeError("select was not fitted: call fit or restore before transform")
        return np.ascontiguousarray(np.take(x, self._kept, axis=1), dtype=np.float32)

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, k) -> the same (n, k): there is no image."""
        return x

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Give what was learned.

        `kept`: the columns kept (k,), rising; `gain`: information gain of all columns (d,), bits;
        `pruned`: (p, 2) columns dropped, each with the one it goes together with, and their
        `pruned_r` (p,); `constant`: columns with one value (c,).
        """
        if self._kept is None:
            return {}
        return {
            "kept": self._kept.copy(),
            "gain": self._gain.copy(),
            "pruned": self._pruned.copy(),
            "pruned_r": self._pruned_r.copy(),
            "constant": self._constant.copy(),
        }

    def describe(self, columns: tuple[str, ...]) -> dict[str, Any]:
        """Name the columns kept, with their gain, and why each other one was not, as JSON."""
        kept = [] if self._kept is None else self._kept.tolist()
        named = {*kept, *self._pruned[:, 0].tolist(), *self._constant.tolist()}
        less = sorted(set(range(len(columns))) - named, key=lambda i: (-self._gain[i], i))
        return {
            "columns": [columns[i] for i in kept],
            "gain_bits": [round(float(self._gain[i]), 6) for i in kept],
            "correlated": [
                {"column": columns[i], "with": columns[j], "r": round(float(r), 6)}
                for (i, j), r in zip(self._pruned.tolist(), self._pruned_r, strict=True)
            ],
            "less_gain": [columns[i] for i in less],
            "constant": [columns[i] for i in self._constant.tolist()],
        }

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become the featurizer whose `state` this is."""
        self._kept = np.array(state["kept"], dtype=np.int64)
        self._gain = np.array(state["gain"], dtype=np.float64)
        self._pruned = np.array(state["pruned"], dtype=np.int64)
        self._pruned_r = np.array(state["pruned_r"], dtype=np.float64)
        self._constant = np.array(state["constant"], dtype=np.int64)


def _rounded(gain: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(gain / NOISE_BITS)


def _uncorrelated(
    r: NDArray[np.float64], ranked: NDArray[np.intp], most: float
) -> tuple[NDArray[np.intp], list[tuple[tuple[int, int], float]]]:
    """Walk columns in the order of `ranked`; keep those with |r| <= most to all kept before.

    Returns:
        The columns kept, and each other one with the kept one that it goes together with most.
    """
    kept: list[int] = []
    dropped = []
    for column in ranked.tolist():
        if kept:
            near = int(np.abs(r[column, kept]).argmax())
            if abs(r[column, kept[near]]) > most:
                dropped.append(((column, kept[near]), float(r[column, kept[near]])))
                continue
        kept.append(column)
    return np.array(kept, dtype=np.intp), dropped
