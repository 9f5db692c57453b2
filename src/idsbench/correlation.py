"""Correlation of columns with one another, for featurizers that choose or place columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_ROWS = 8_192
# Products this small stay in one thread of BLAS: its other threads would mostly spin, 25 times the
# processor time beside other jobs, and the last digits would depend on how many there are.
SINGLE_THREAD_VALUES = 1 << 17


def correlations(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Pearson's r (d, d) of the columns of x (n, d), finite.

    Beyond the input, memory holds one chunk of rows. A constant column has r = 0 with every other
    one; the diagonal is 1.
    """
    n, d = x.shape
    centre = _means(x)
    products = np.zeros((d, d))
    step = max(8, SINGLE_THREAD_VALUES // (d * (d + 1)))
    for start in range(0, n, CHUNK_ROWS):
        values = x[start : start + CHUNK_ROWS].astype(np.float64) - centre
        for piece in range(0, len(values), step):
            few = values[piece : piece + step]
            products += few.T @ few
    spread = np.sqrt(np.diag(products))
    # A constant column's products are 0 exactly, because its mean is its value exactly.
    scale = np.where(spread > 0, spread, 1.0)
    r = products / scale[:, None] / scale
    np.fill_diagonal(r, 1.0)
    return np.asarray(np.clip(r, -1.0, 1.0))


def _means(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean of each column (d,); exactly its value where the column is constant."""
    first = x[0].astype(np.float64)
    total = np.zeros(x.shape[1])
    for start in range(0, len(x), CHUNK_ROWS):
        total += (x[start : start + CHUNK_ROWS] - first).sum(axis=0)
    return np.asarray(first + total / len(x))
