"""The sampler `rus`: random under-sampling of the larger classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imblearn.under_sampling import RandomUnderSampler  # type: ignore[import-untyped]

from idsbench.values import Resampled
from idsbench_sklearn.balance import class_counts, draw_seed
from idsbench_sklearn.unsampled import Unsampled

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rus:
    """Cuts every class to at most the smallest class / `ratio`.

    Args:
        ratio: smallest class / larger class afterwards. Where it is already reached, nothing
            is done.
        name: the sampler that error sentences speak of.
    """

    def __init__(self, ratio: float = 1.0, *, name: str = "rus") -> None:
        self._ratio = ratio
        self._name = name

    def resample(
        self, x: NDArray[np.float32], y: NDArray[np.int16], rng: np.random.Generator
    ) -> Resampled:
        """Give the rows of x (n, d), y (n,) that stay, in their order.

        Raises:
            CellError: there is one class only.
        """
        counts = class_counts(self._name, y)
        goal = int(min(counts.values()) / self._ratio)
        wanted = {label: goal for label, count in counts.items() if count > goal}
        if not wanted:
            return Unsampled().resample(x, y, rng)
        rus = RandomUnderSampler(sampling_strategy=wanted, random_state=draw_seed(rng))
        # The row numbers are resampled instead of the rows: one copy of x fewer.
        rus.fit_resample(np.arange(len(y), dtype=np.int64)[:, None], y)
        kept = np.sort(rus.sample_indices_).astype(np.int64)
        return Resampled(
            x=x[kept],
            y=y[kept],
            base=kept,
            neighbour=kept,
            synthetic=np.zeros(len(kept), dtype=np.bool_),
        )
