"""The sampler `smote-rus`: SMOTE lifts the smaller classes, then RUS cuts the larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idsbench.values import Resampled
from idsbench_sklearn.rus import Rus
from idsbench_sklearn.smote import Smote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SmoteRus:
    """SMOTE to `smote`, then random under-sampling to `rus`; with 1.0 RUS has nothing to cut.

    Args:
        smote: smaller class / largest class after SMOTE.
        rus: smallest class / larger class after under-sampling.
        k: SMOTE's neighbours.
    """

    def __init__(self, smote: float = 1.0, rus: float = 1.0, k: int = 5) -> None:
        self._smote = Smote(k, smote, name="smote-rus")
        self._rus = Rus(rus, name="smote-rus")

    def resample(
        self, x: NDArray[np.float32], y: NDArray[np.int16], rng: np.random.Generator
    ) -> Resampled:
        """Give the rows of x (n, d), y (n,) that stay, then the synthetic ones that stay.

        Parents are rows of x, also where they were cut themselves.

        Raises:
            CellError: there is one class only, or a class to lift has no more than `k` rows.
        """
        lifted = self._smote.resample(x, y, rng)
        cut = self._rus.resample(lifted.x, lifted.y, rng)
        return Resampled(
            x=cut.x,
            y=cut.y,
            base=lifted.base[cut.base],
            neighbour=lifted.neighbour[cut.base],
            synthetic=lifted.synthetic[cut.base],
        )
