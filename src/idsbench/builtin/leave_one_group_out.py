"""The protocol `leave-one-group-out`: hosts, devices or captures that training never sees."""

from __future__ import annotations

import numpy as np

from idsbench.builtin.missing_classes import check_both_kinds, counted, noted
from idsbench.builtin.whole_groups import assign, tally
from idsbench.errors import CellSkipped
from idsbench.split_values import NotedSplit
from idsbench.values import Rows, Split

VALID, TRAIN = 0.15, 0.85


class LeaveOneGroupOut:
    """Deals the card's groups into folds and tests on one fold, benign groups too.

    Of the other groups 15 % of the rows are for validation, in whole groups. The folds of one seed
    are the same in every cell. As many folds as groups hold out one group at a time.

    Args:
        fold: from 0; the plan gives one cell for each where the user names none.
        folds: how many there are.
    """

    def __init__(self, fold: int | None = None, folds: int = 5) -> None:
        self.fold = fold or 0
        self.folds = folds

    def split(self, rows: Rows, rng: np.random.Generator) -> NotedSplit:
        """Split all rows.

        Raises:
            CellSkipped: the file names no groups, or benign rows lie in fewer groups than folds.
        """
        if rows.group is None:
            raise CellSkipped(
                "the file has no column that tells hosts, devices or captures apart: "
                "nothing can be held out whole"
            )
        place, counts = tally(rows.group, rows.attack.codes, len(rows.attack.classes))
        self._check(len(np.unique(rows.group[rows.y == 0])))
        held_out = assign(counts, (1 / self.folds,) * self.folds, rng) == self.fold
        part = np.full(len(counts), 2)
        part[~held_out] = assign(counts[~held_out], (VALID, TRAIN), rng)
        valid, train, test = (np.flatnonzero(part[place] == number) for number in range(3))
        split = Split(train, valid, test)
        check_both_kinds(rows.y, split, f"there are too few groups for folds={self.folds}")
        benign = int((held_out & (counts[:, 0] > 0)).sum())
        said = (
            f"{int(held_out.sum())} of {len(counts)} groups are held out, {benign} with benign rows"
        )
        why = counted((counts > 0).sum(axis=0).tolist(), "group")
        return noted(split, rows.attack, why, [said])

    def _check(self, benign: int) -> None:
        """Refuse folds that could not each hold out benign groups and leave two others."""
        fewest = max(self.folds, 3)
        if benign < fewest:
            (have,) = counted([benign], "group")
            raise CellSkipped(
                f"benign rows come from {have}, and folds={self.folds} needs {fewest}: "
                + (
                    f"use folds={benign}"
                    if benign >= 3
                    else "the data cannot test other benign ones"
                )
            )
        if self.fold >= self.folds:
            raise CellSkipped(f"fold={self.fold} is none of the folds 0 to {self.folds - 1}")
