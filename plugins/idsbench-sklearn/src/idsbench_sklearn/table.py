"""The featurizer `table`: scaled columns, one row a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from idsbench.scaling import Scaler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Table:
    """Scales every column by itself and leaves rows as vectors.

    Args:
        scale: "standard", "log", "quantile", "minmax" or "none"; see `idsbench.scaling.Scaler`.
    """

    def __init__(self, scale: str = "standard") -> None:
        self._scaler = Scaler(scale)

    def fit(self, x: NDArray[np.float32], y: NDArray[np.int16]) -> None:
        """Learn from x (n, d); labels y (n,) are not looked at.

        Raises:
            CellError: there are no rows.
        """
        self._scaler.fit(x)

    def transform(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> (n, d), float32, finite."""
        return self._scaler.transform(x)

    def layout(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) -> the same (n, d): there is no image."""
        return x

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The scaler's arrays."""
        return self._scaler.state()

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Become the featurizer whose `state` this is."""
        self._scaler.restore(state)
