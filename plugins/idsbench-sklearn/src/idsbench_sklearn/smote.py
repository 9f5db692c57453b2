"""The sampler `smote`: imbalanced-learn's SMOTE, with the parents of every synthetic row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.values import Resampled
from idsbench_sklearn.balance import class_counts, draw_seed, require_neighbours
from idsbench_sklearn.parents import ParentSmote
from idsbench_sklearn.unsampled import Unsampled

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Smote:
    """Lifts every class that is smaller than `ratio` times the largest to that size.

    Args:
        k: nearest rows of the same class among which the second parent is drawn.
        ratio: smaller class / largest class afterwards. Where it is already reached, nothing
            is done.
        name: the sampler that error sentences speak of.
    """

    def __init__(self, k: int = 5, ratio: float = 1.0, *, name: str = "smote") -> None:
        self._k = k
        self._ratio = ratio
        self._name = name

    def resample(
        self, x: NDArray[np.float32], y: NDArray[np.int16], rng: np.random.Generator
    ) -> Resampled:
        """Give the rows of x (n, d), y (n,) in their order, then the synthetic ones.

        Raises:
            CellError: there is one class only, or a class to lift has no more than `k` rows.
        """
        counts = class_counts(self._name, y)
        goal = int(self._ratio * max(counts.values()))
        wanted = {label: goal for label, count in counts.items() if count < goal}
        if not wanted:
            return Unsampled().resample(x, y, rng)
        require_neighbours(self._name, self._k, {c: counts[c] for c in wanted})
        smote = ParentSmote(
            sampling_strategy=wanted, k_neighbors=self._k, random_state=draw_seed(rng)
        )
        out, labels = smote.fit_resample(x, y)
        base, neighbour = smote.parents(y)
        real = np.arange(len(y), dtype=np.int64)
        return Resampled(
            x=np.asarray(out, dtype=np.float32),
            y=np.asarray(labels, dtype=np.int16),
            base=np.concatenate([real, base]),
            neighbour=np.concatenate([real, neighbour]),
            synthetic=np.arange(len(labels)) >= len(y),
        )
