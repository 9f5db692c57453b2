"""The model `dummy`: every row gets the training part's share of attacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from idsbench.builtin.class_shares import class_shares, read_arrays, score_columns, task_width
from idsbench.errors import CellError
from idsbench.values import Batch, Fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


class Dummy:
    """What a detector scores that never looks at its input."""

    def __init__(self) -> None:
        self._shares = np.zeros(2)

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Count the classes of train.y (n,); nothing is random.

        Raises:
            CellError: there are no training rows.
        """
        if not len(train.y):
            raise CellError("dummy needs training rows and is given none: use more data")
        self._shares = class_shares(train.y, task_width(train.y, valid.y))
        return Fit()

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> the training share of attack (n,), or of each class (n, k)."""
        return score_columns(np.tile(self._shares, (len(x), 1)))

    def parameter_count(self) -> int:
        """The shares that have to be known: 1, or in multi-class tasks one less than classes."""
        return len(self._shares) - 1

    def macs(self) -> int:
        """Nothing is multiplied."""
        return 0

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays into `folder`."""
        np.savez(folder / "model.npz", shares=self._shares)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`; it scores in one thread whatever `threads` is."""
        self._shares = read_arrays(folder / "model.npz")["shares"]
