"""The featurizer `image`: each row becomes one small square grey image at natural size."""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellError
from idsbench.scaling import Scaler
from idsbench_images.relevance import by_relevance

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SIZE = 64


class Image:
    """One pixel per column, row by row from the top left; pixels without a column are 0.

    Args:
        scale: "minmax", "log" or "quantile"; pixels are in 0 to 1.
        size: side of the square in pixels, or "auto" for the least that holds all columns.
        layout: "as-is" keeps the table's column order; "sorted" puts the columns most correlated
            with attacks in the fitted rows first.

    Raises:
        CellError: `size` is neither "auto" nor a whole number from 1 to 64.
    """

    def __init__(self, scale: str = "minmax", size: str = "auto", layout: str = "as-is") -> None:
        self._scaler = Scaler(scale, unit=True)
        self._size = _parse(size)
        self._sorted = layout == "sorted"
        self._order: NDArray[np.int64] | None = None

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Learn grey values from x (n, d), and with "sorted" the column order from y (n,) too.

        Raises:
            CellError: there are no rows, or the image is too small for d columns.
        """
        self._side(x.shape[1])
        self._scaler.fit(x)
        if self._sorted:
            self._order = by_relevance(self._scaler, x, y)

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, d), values from 0 to 1 in the table's column order."""
        return self._scaler.transform(x)

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, side, side, 1).

        Raises:
            CellError: the image is too small for d columns.
        """
        n, d = x.shape
        side = self._side(d)
        out = np.zeros((n, side * side), dtype=np.float32)
        out[:, :d] = x if self._order is None else x[:, self._order]
        return out.reshape(n, side, side, 1)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The scaler's arrays, and with "sorted" the column order (d,) int64."""
        state = self._scaler.state()
        if self._order is not None:
            state["order"] = self._order.copy()
        return state

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become the featurizer whose `state` this is."""
        self._scaler.restore(state)
        self._order = np.array(state["order"], dtype=np.int64) if "order" in state else None

    def _side(self, d: int) -> int:
        """The image's side in pixels for d columns."""
        least = isqrt(max(d, 1) - 1) + 1
        if self._size is None:
            return least
        if self._size < least:
            raise CellError(
                f"image[size={self._size}] has {self._size**2} pixels and the rows have "
                f"{d} columns: use size={least} or size=auto"
            )
        return self._size


def _parse(size: str) -> int | None:
    """The side in pixels, None for "auto"."""
    if size == "auto":
        return None
    if size.isascii() and size.isdigit() and 1 <= int(size) <= MAX_SIZE:
        return int(size)
    raise CellError(
        f"image[size={size}] is not a size: use auto or a whole number from 1 to {MAX_SIZE}"
    )
