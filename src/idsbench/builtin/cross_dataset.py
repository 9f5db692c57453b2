"""The protocol `cross-dataset`: train on one dataset, test on another."""

from __future__ import annotations

import numpy as np

from idsbench.errors import CellSkipped
from idsbench.split_values import JoinedRows
from idsbench.values import Rows, Split

VALID = 0.15


class CrossDataset:
    """Every row of the tested dataset is a test row; thresholds come from the other one.

    The dataset trained on is split 85/15 into training and validation, each of its classes alike.

    Args:
        train: the dataset to train on, which the plan has joined to the tested one.
    """

    def __init__(self, train: str | None = None) -> None:
        self.train = train

    def split(self, rows: Rows, rng: np.random.Generator) -> Split:
        """Split all rows.

        Raises:
            CellSkipped: the rows are those of one dataset.
        """
        if not isinstance(rows, JoinedRows):
            raise CellSkipped("cross-dataset needs two datasets: name the other with [train=NAME]")
        part = np.where(rows.trained_on, 0, 2)
        known = np.flatnonzero(rows.trained_on)
        for code in np.unique(rows.attack.codes[known]):
            members = rng.permutation(known[rows.attack.codes[known] == code])
            part[members[: round(len(members) * VALID)]] = 1
        train, valid, test = (np.flatnonzero(part == number) for number in range(3))
        return Split(train, valid, test)
