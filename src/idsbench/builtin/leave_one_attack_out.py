"""The protocol `leave-one-attack-out`: one attack is met for the first time in the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.builtin.stratified import StratifiedSplit
from idsbench.errors import CellSkipped, nearest
from idsbench.split_values import NotedSplit
from idsbench.values import Labels, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LeaveOneAttackOut:
    """Tests on benign rows and on one attack that training and validation never see.

    Benign rows and the other attacks are split 70/15/15. The test part is the 15 % of benign rows
    and every row of the held-out attack, so `recall` and `tpr_at_fpr_1pct` are of that attack
    alone. The other attacks' 15 % is not used.

    Args:
        attack: its finest class; capitals do not matter. The plan gives one cell for each attack
            of the card where the user names none.
    """

    def __init__(self, attack: str | None = None) -> None:
        self.attack = attack

    def split(self, rows: Rows, rng: np.random.Generator) -> NotedSplit:
        """Split the rows.

        Raises:
            CellSkipped: the attack is not in the data or is the only one, or the task has more
                than two classes.
        """
        if rows.y.max(initial=0) > 1:
            raise CellSkipped(
                "no model can name a class that it never saw: run leave-one-attack-out on the "
                "binary task"
            )
        out = rows.attack.codes == self._code(rows.attack, rows.y)
        rest = np.flatnonzero(~out)
        if not (rows.y[rest] != 0).any():
            raise CellSkipped(f"{self.attack} is the only attack in the data: none would be left")
        split = StratifiedSplit().split(_only(rows, rest), rng)
        known = rest[split.test]
        unused = int((rows.y[known] != 0).sum())
        test = np.sort(np.concatenate([known[rows.y[known] == 0], np.flatnonzero(out)]))
        note = f"the test part holds benign rows and {self.attack}; {unused} rows of other attacks"
        return NotedSplit(rest[split.train], rest[split.valid], test, (f"{note} are in no part",))

    def _code(self, attack: Labels, y: NDArray[np.int16]) -> int:
        codes = np.unique(attack.codes[y != 0])
        there = {attack.classes[code].lower(): int(code) for code in codes}
        wanted = (self.attack or "").lower()
        if wanted not in there:
            hint = nearest(self.attack or "", (attack.classes[code] for code in codes))
            raise CellSkipped(f"the data name no attack '{self.attack}': {hint}")
        return there[wanted]


def _only(rows: Rows, index: NDArray[np.int64]) -> Rows:
    """Give some rows, to be split by their finest class."""
    codes = rows.attack.codes[index]
    return Rows(codes, None, None, Labels(codes, rows.attack.classes), rows.vector[index])
