"""Column scaling for tables and images, fitted on training rows.

All arithmetic is in float64 and cast once at the end, so that microseconds survive in a column
that also holds hours. Rows are worked on in chunks: beyond input and output, memory stays small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from idsbench.errors import CellError
from idsbench.several import in_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALES = ("standard", "log", "quantile", "minmax", "none")
UNIT_SCALES = ("minmax", "log", "quantile")
CHUNK_VALUES = 1 << 18  # 2 MiB of float64 stay in a core's cache
MAX_QUANTILES = 1_000
FLOAT32_MAX = float(np.finfo(np.float32).max)
Made = TypeVar("Made")


class Scaler:
    """Scales each column by itself.

    A column that is constant in the fitted rows stays where it is and becomes 0 in every row:
    nothing was learned about its other values.

    Args:
        scale: "standard" (mean 0, deviation 1), "log" (sign(x) * log1p(|x|), then standard),
            "quantile" (the column's empirical distribution, 0 to 1), "minmax" (the fitted range
            becomes 0 to 1, values beyond it are kept) or "none".
        unit: for images: every value ends in 0 to 1. "log" then ends in min-max, values beyond
            the fitted range are clipped, and "standard" and "none" are not offered.

    Raises:
        ValueError: the scale is not offered.
    """

    def __init__(self, scale: str, *, unit: bool = False) -> None:
        offered = UNIT_SCALES if unit else SCALES
        if scale not in offered:
            raise ValueError(f"scale={scale} is not offered here: use one of {', '.join(offered)}")
        self.scale = scale
        self.unit = unit
        self._fitted: dict[str, NDArray[np.float64]] = {}

    def fit(self, x: NDArray[np.float32]) -> None:
        """Learn from x (n, d), finite.

        Raises:
            CellError: there are no rows.
        """
        if not len(x):
            raise CellError("scaling needs at least one row and is given none: use more data")
        if self.scale == "quantile":
            self._fitted = {"quantiles": _quantiles(x)}
        elif self.scale == "none":
            self._fitted = {}
        else:
            by_range = self.scale == "minmax" or self.unit
            centre, spread = _range(x, self.scale) if by_range else _moments(x, self.scale)
            self._fitted = {"centre": centre, "spread": spread}

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale x (n, d) into a new float32 (n, d), finite; "none" gives x itself.

        Raises:
            RuntimeError: neither `fit` nor `restore` was called.
        """
        if self.scale == "none":
            return np.asarray(x, dtype=np.float32)
        if not self._fitted:
            raise RuntimeError("the scaler was not fitted: call fit or restore before transform")
        out = np.empty(x.shape, dtype=np.float32)
        scaled = self._to_quantiles if self.scale == "quantile" else self._shift

        def write(start: int, values: NDArray[np.float64]) -> None:
            out[start : start + len(values)] = scaled(values)

        for _ in _of_chunks(x, write):
            pass
        return out

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What was fitted: centre and spread (d,), or quantiles (q, d); empty for "none"."""
        return {name: array.copy() for name, array in self._fitted.items()}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become the scaler whose `state` this is; other entries are left alone."""
        names = ("centre", "spread", "quantiles")
        self._fitted = {
            name: np.array(state[name], dtype=np.float64) for name in names if name in state
        }

    def _shift(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(x - centre) / spread for one chunk (m, d), in place."""
        spread = self._fitted["spread"]
        constant = spread == 0
        values = _logged(values, self.scale)
        values -= self._fitted["centre"]
        # A spread near zero may carry an unseen value out of float32's range.
        with np.errstate(over="ignore"):
            values /= np.where(constant, 1.0, spread)
        values[:, constant] = 0.0
        low, high = (0.0, 1.0) if self.unit else (-FLOAT32_MAX, FLOAT32_MAX)
        return np.clip(values, low, high, out=values)

    def _to_quantiles(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The place of each value of one chunk (m, d) in its column's distribution, in place."""
        quantiles = self._fitted["quantiles"]
        for j in range(values.shape[1]):
            values[:, j] = _place(values[:, j], quantiles[:, j])
        return values


def _of_chunks(x: NDArray[Any], work: Callable[[int, NDArray[np.float64]], Made]) -> Iterator[Made]:
    """Give what `work` makes of consecutive rows of x (n, d), in order, several at a time.

    It is called with the number of the first row and a fresh float64 copy of the rows.
    """
    rows = max(1, CHUNK_VALUES // max(1, x.shape[1]))
    return in_order(
        range(0, len(x), rows),
        lambda start: work(start, np.array(x[start : start + rows], dtype=np.float64)),
    )


def _logged(values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """sign(x) * log1p(|x|) where the scale asks for it."""
    return np.copysign(np.log1p(np.abs(values)), values) if scale == "log" else values


def _range(x: NDArray[np.float32], scale: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least value and range of each column, after the logarithm if there is one."""

    def ends(_: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
        logged = _logged(values, scale)
        return np.stack([logged.min(axis=0), logged.max(axis=0)])

    found = np.stack(list(_of_chunks(x, ends)))
    low = found[:, 0].min(axis=0)
    return low, found[:, 1].max(axis=0) - low


def _moments(x: NDArray[np.float32], scale: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column; 0 deviation exactly where it is constant."""
    low, span = _range(x, scale)
    # Sums run over distances from the least value, then from the mean: a large offset cancels.
    total = sum(_of_chunks(x, lambda _, values: (_logged(values, scale) - low).sum(axis=0)))
    mean = low + total / len(x)
    away = _of_chunks(x, lambda _, values: np.square(_logged(values, scale) - mean).sum(axis=0))
    return mean, np.where(span == 0, 0.0, np.sqrt(sum(away) / len(x)))


def _quantiles(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """At most 1,000 evenly spaced quantiles of each column, (q, d), never falling."""
    levels = np.linspace(0.0, 1.0, min(MAX_QUANTILES, len(x)))
    out = np.empty((len(levels), x.shape[1]))
    for j in range(x.shape[1]):
        out[:, j] = np.quantile(x[:, j].astype(np.float64), levels)
    # Interpolation may lose order in the last bit, and np.interp needs it.
    return np.maximum.accumulate(out, axis=0)


def _place(values: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate values (m,) in one column's quantiles (q,); ties get the middle of their run."""
    if quantiles[0] == quantiles[-1]:
        return np.zeros_like(values)
    levels = np.linspace(0.0, 1.0, len(quantiles))
    # np.interp answers with the right end of a run of equal quantiles; mirrored, with the left.
    right = np.interp(values, quantiles, levels)
    left = -np.interp(-values, -quantiles[::-1], -levels[::-1])
    out = (right + left) / 2
    out[values <= quantiles[0]] = 0.0
    out[values >= quantiles[-1]] = 1.0
    return out
