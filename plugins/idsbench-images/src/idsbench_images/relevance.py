"""How strongly each column goes with attacks, for the pixel order of layout "sorted"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.scaling import Scaler

CHUNK_ROWS = 8_192


def by_relevance(scaler: Scaler, x: NDArray[np.float32], y: NDArray[np.int16]) -> NDArray[np.int64]:
    """Column indices (d,) by falling absolute correlation with attack, ties in table order.

    Args:
        scaler: fitted; the correlation is of the grey values that the image shows.
        x: rows (n, d).
        y: labels (n,), 0 benign; all attacks count alike.
    """
    strength = np.abs(_correlation(scaler, x, (y > 0).astype(np.float64)))
    return np.argsort(-strength, kind="stable").astype(np.int64)


def _correlation(
    scaler: Scaler, x: NDArray[np.float32], attack: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pearson correlation (d,) of each scaled column with attack (n,); 0 for a constant one."""
    n, d = x.shape
    total, squares, products = np.zeros(d), np.zeros(d), np.zeros(d)
    centred = attack - attack.mean()
    for start in range(0, n, CHUNK_ROWS):
        # Grey values lie in 0 to 1: moments about 1/2 lose no digits worth having.
        values = scaler.transform(x[start : start + CHUNK_ROWS]).astype(np.float64) - 0.5
        total += values.sum(axis=0)
        squares += np.square(values).sum(axis=0)
        products += centred[start : start + CHUNK_ROWS] @ values
    variance = np.maximum(squares / n - np.square(total / n), 0.0)
    scale = np.sqrt(variance * np.square(centred).mean())
    # Below rounding of the sums a column is constant, whatever the quotient says.
    varies = scale > 1e-12
    return np.where(varies, products / n / np.where(varies, scale, 1.0), 0.0)
