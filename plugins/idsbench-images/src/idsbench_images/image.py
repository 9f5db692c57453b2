"""The featurizer `image`: each row becomes one small square image at natural size."""

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
CHUNK_ROWS = 4_096  # rows in and rows out stay in a core's cache: twice as fast as all at once


class Image:
    """One place per column: a pixel, or in colour a channel of one; places without a column are 0.

    Places run row by row from the top left, and within a pixel through its channels.

    Args:
        scale: "minmax", "log" or "quantile"; values are in 0 to 1.
        size: side of the square in pixels, or "auto" for the least that holds all columns.
        layout: "as-is" keeps the table's column order; "sorted" puts the columns most correlated
            with attacks in the fitted rows first; "correlated" and "igtd" put columns that are
            correlated with one another side by side, see `idsbench_images.placement`.
        channels: 1 for grey; 3 for colour, with three columns to a pixel.

    Raises:
        CellError: `size` is neither "auto" nor a whole number from 1 to 64.
    """

    def __init__(
        self, scale: str = "minmax", size: str = "auto", layout: str = "as-is", channels: int = 1
    ) -> None:
        self._scaler = Scaler(scale, unit=True)
        self._size = _parse(size)
        self._layout = layout
        self._channels = channels
        self._places: NDArray[np.int64] | None = None

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Learn values from x (n, d) and, unless "as-is", places; only "sorted" looks at y (n,).

        Raises:
            CellError: there are no rows, or the image is too small for d columns.
        """
        side = self._side(x.shape[1])
        self._scaler.fit(x)
        if self._layout == "sorted":
            self._places = np.argsort(by_relevance(self._scaler, x, y)).astype(np.int64)
        elif self._layout != "as-is":
            self._places = self._neighbours(x, side)

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, d), values from 0 to 1 in the table's column order."""
        return self._scaler.transform(x)

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, side, side, channels).

        Raises:
            CellError: the image is too small for d columns.
        """
        n, d = x.shape
        side = self._side(d)
        out = np.zeros((n, side * side * self._channels), dtype=np.float32)
        if self._places is None:
            out[:, :d] = x
        else:
            for start in range(0, n, CHUNK_ROWS):
                out[start : start + CHUNK_ROWS, self._places] = x[start : start + CHUNK_ROWS]
        return out.reshape(n, side, side, self._channels)

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The scaler's arrays, and unless "as-is" the place of each column (d,) int64."""
        state = self._scaler.state()
        if self._places is not None:
            state["places"] = self._places.copy()
        return state

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become the featurizer whose `state` this is."""
        self._scaler.restore(state)
        self._places = np.array(state["places"], dtype=np.int64) if "places" in state else None

    def _neighbours(self, x: NDArray[np.float32], side: int) -> NDArray[np.int64]:
        """Places (d,) by the correlations of the values that the image shows."""
        # Imported here: a deployed model restores its places and needs no scipy.
        from idsbench.correlation import correlations
        from idsbench_images.placement import grid, igtd, projected

        place = igtd if self._layout == "igtd" else projected
        return place(correlations(self._scaler.transform(x)), grid(side, self._channels))

    def _side(self, d: int) -> int:
        """The image's side in pixels for d columns."""
        pixels = -(-max(d, 1) // self._channels)
        least = isqrt(pixels - 1) + 1
        if self._size is None:
            return least
        if self._size < least:
            colour = "" if self._channels == 1 else f" of {self._channels} channels"
            raise CellError(
                f"image[size={self._size}] has {self._size**2} pixels{colour} and the rows have "
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
