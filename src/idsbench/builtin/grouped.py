"""The protocol `grouped`: 70/15/15 of the rows, and no group on two sides."""

from __future__ import annotations

import numpy as np

from idsbench.builtin.missing_classes import check_both_kinds, counted, noted
from idsbench.builtin.whole_groups import assign, tally
from idsbench.split_values import NotedSplit
from idsbench.values import Rows, Split

SHARES = (0.15, 0.15, 0.70)  # validation, test, training: a class in one group is trained on
NO_GROUP = "the file has no group column: rows with equal features are kept on one side instead"


class Grouped:
    """Whole groups go to one part, each class as near to 70/15/15 as its groups allow.

    Args:
        by: "card" for the card's group, or equal feature vectors where the file lacks it;
            "vector" for equal feature vectors always.
    """

    def __init__(self, by: str = "card") -> None:
        self.by = by

    def split(self, rows: Rows, rng: np.random.Generator) -> NotedSplit:
        """Split all rows.

        Raises:
            CellSkipped: benign rows, or all attacks together, lie in fewer than three groups.
        """
        group = rows.vector if rows.group is None or self.by == "vector" else rows.group
        thing = "distinct vector" if group is rows.vector else "group"
        place, counts = tally(group, rows.attack.codes, len(rows.attack.classes))
        part = assign(counts, SHARES, rng)[place]
        valid, test, train = (np.flatnonzero(part == number) for number in range(3))
        split = Split(train, valid, test)
        check_both_kinds(rows.y, split, f"there are too few {thing}s to keep each on one side")
        notes = [NO_GROUP] if self.by == "card" and rows.group is None else []
        why = counted((counts > 0).sum(axis=0).tolist(), thing)
        return noted(split, rows.attack, why, notes)
