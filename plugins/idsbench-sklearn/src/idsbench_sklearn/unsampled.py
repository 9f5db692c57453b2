"""The sampler `none`: training rows as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.values import Resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Unsampled:
    """Changes nothing, and says so by row."""

    def resample(
        self, x: NDArray[np.float32], y: NDArray[np.int16], rng: np.random.Generator
    ) -> Resampled:
        """Give x (n, d) and y (n,) back, each row its own parent; `rng` is not drawn from."""
        rows = np.arange(len(y), dtype=np.int64)
        return Resampled(
            x=x, y=y, base=rows, neighbour=rows, synthetic=np.zeros(len(y), dtype=np.bool_)
        )
