"""Shares of classes among rows, and the arrays in which the builtin models keep them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def task_width(*labels: NDArray[np.int16]) -> int:
    """How many classes the task has, as far as these labels (n,) tell: at least 2."""
    return max(2, *(int(y.max(initial=0)) + 1 for y in labels))


def class_shares(y: NDArray[np.int16], width: int) -> NDArray[np.float64]:
    """Share of each class (width,) among labels y (n,), n > 0.

    >>> class_shares(np.array([0, 1, 1, 1], dtype=np.int16), 2).tolist()
    [0.25, 0.75]
    """
    return np.bincount(y, minlength=width) / len(y)


def score_columns(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Class shares (n, k) -> scores: attack's (n,) when there are two classes, else all (n, k)."""
    return np.ascontiguousarray(shares[:, 1]) if shares.shape[1] == 2 else shares


def read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Read a `.npz` file of plain arrays; nothing in it is ever unpickled."""
    with np.load(file, allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files}
