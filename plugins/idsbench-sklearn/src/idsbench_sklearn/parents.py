"""SMOTE that remembers which two rows each synthetic row was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from imblearn.over_sampling import SMOTE  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ParentSmote(SMOTE):  # type: ignore[misc]
    """Gives the same rows as SMOTE with the same seed.

    imbalanced-learn does not expose the parents, so the one step that still knows them is
    overridden, at the cost of inheriting from an estimator.
    """

    _made: list[tuple[int | None, NDArray[np.int64], NDArray[np.int64]]]

    def _fit_resample(
        self,
        X: NDArray[Any],  # noqa: N803 -- the names are imbalanced-learn's
        y: NDArray[Any],
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Forget the parents of an earlier call."""
        self._made = []
        made: tuple[NDArray[Any], NDArray[Any]] = super()._fit_resample(X, y)
        return made

    def _generate_samples(
        self,
        X: NDArray[Any],  # noqa: N803 -- the names are imbalanced-learn's
        nn_data: NDArray[Any],
        nn_num: NDArray[np.int64],
        rows: NDArray[np.int64],
        cols: NDArray[np.int64],
        steps: NDArray[np.float64],
        y_type: int | None = None,
        y: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Note the parents of one class's synthetic rows, as positions within that class."""
        self._made.append((y_type, rows, nn_num[rows, cols]))
        made: NDArray[Any] = super()._generate_samples(
            X, nn_data, nn_num, rows, cols, steps, y_type, y
        )
        return made

    def parents(self, y: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Base and neighbour (m,) of the synthetic rows in the order in which they were made.

        Args:
            y: the labels (n,) that `fit_resample` was given; the parents are rows of these.
        """
        bases, neighbours = [], []
        for label, base, neighbour in self._made:
            members = np.flatnonzero(y == label)
            bases.append(members[base])
            neighbours.append(members[neighbour])
        return np.concatenate(bases), np.concatenate(neighbours)
