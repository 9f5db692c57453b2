"""How much a column alone tells of the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import mutual_info_score  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray


def information_gain(
    x: NDArray[np.float32], y: NDArray[np.int16], bins: int
) -> NDArray[np.float64]:
    """Bits of label entropy that each column removes: H(y) - H(y | bin of the column), (d,).

    Args:
        x: rows (n, d).
        y: class codes (n,).
        bins: most intervals of a column, of about equally many rows; equal values share one.
    """
    classes = int(y.max()) + 1
    labels = y.astype(np.int64)
    gains = np.zeros(x.shape[1])
    for j in range(x.shape[1]):
        codes = interval_codes(x[:, j], bins)
        size = (int(codes.max()) + 1, classes)
        table = np.bincount(codes * classes + labels, minlength=size[0] * size[1]).reshape(size)
        gains[j] = mutual_info_score(None, None, contingency=table) / np.log(2.0)
    return gains


def interval_codes(values: NDArray[np.float32], bins: int) -> NDArray[np.int64]:
    """The interval of each value (n,), 0 to at most bins - 1, by rising value."""
    levels = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    # "lower" gives values that occur, so that an interval ends where a run of equal values ends.
    edges = np.unique(np.quantile(values, levels, method="lower"))
    return np.searchsorted(edges, values, side="left").astype(np.int64)
