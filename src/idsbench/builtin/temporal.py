"""The protocol `temporal`: train on the past, validate on what follows, test on the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.builtin.missing_classes import check_both_kinds, counted, noted
from idsbench.errors import CellSkipped
from idsbench.split_values import NotedSplit
from idsbench.values import Rows, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUTS = (0.70, 0.85)
NO_TIME = (
    "timestamps are encoded or missing in this file, so the past cannot be told from the future: "
    "use the layout that has times, or another protocol"
)
NO_FUTURE = (
    "its classes were captured one after another; temporal[within=class] cuts each by itself"
)


class Temporal:
    """The first 70 % of the time-ordered rows, the next 15 %, the last 15 %.

    Rows of one moment stay in one part.

    Args:
        within: "table" for one past and one future; "class" to cut each finest class by its own
            times, where classes were captured one after another.
    """

    def __init__(self, within: str = "table") -> None:
        self.within = within

    def split(self, rows: Rows, rng: np.random.Generator) -> NotedSplit:
        """Split all rows; nothing is random.

        Raises:
            CellSkipped: times are missing, or a part would lack benign rows or attacks.
        """
        if rows.time is None or not np.isfinite(rows.time).all():
            raise CellSkipped(NO_TIME)
        label = rows.attack.codes if self.within == "class" else np.zeros(len(rows.y), np.int16)
        part = np.zeros(len(rows.y), dtype=np.int8)
        for code in np.unique(label):
            members = np.flatnonzero(label == code)
            order = members[np.argsort(rows.time[members], kind="stable")]
            part[order] = _parts(rows.time[order])
        train, valid, test = (np.flatnonzero(part == number) for number in range(3))
        split = Split(train, valid, test)
        advice = "it has too few distinct times" if self.within == "class" else NO_FUTURE
        check_both_kinds(rows.y, split, advice)
        why = counted(_moments(rows), "distinct time")
        return noted(split, rows.attack, why)


def _parts(time: NDArray[np.float64]) -> NDArray[np.int8]:
    """Cut sorted times (n,) where they change, near 70 % and 85 %: part numbers (n,).

    Fewer than three distinct times are all past.

    >>> _parts(np.array([1.0, 2, 2, 2, 3, 4, 5, 6, 7, 8])).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 2, 2]
    """
    part = np.zeros(len(time), dtype=np.int8)
    changes = np.flatnonzero(np.diff(time) > 0) + 1
    if len(changes) < 2:
        return part
    first, second = (share * len(time) for share in CUTS)
    begin = changes[np.argmin(np.abs(changes[:-1] - first))]
    later = changes[changes > begin]
    part[begin:] = 1
    part[later[np.argmin(np.abs(later - second))] :] = 2
    return part


def _moments(rows: Rows) -> list[int]:
    assert rows.time is not None
    codes = range(len(rows.attack.classes))
    return [len(np.unique(rows.time[rows.attack.codes == code])) for code in codes]
