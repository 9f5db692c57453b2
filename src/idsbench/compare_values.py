"""The frozen values of a comparison: metrics, groups of seeds, pairs of groups, compared metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Row = Mapping[str, Any]
Verdict = Literal["worse", "threshold moved", "better", "same", "not comparable"]
Kind = Literal["rate", "size", "cost"]

WORST_FIRST: tuple[Verdict, ...] = (
    "worse",
    "threshold moved",
    "not comparable",
    "better",
    "same",
)


@dataclass(frozen=True)
class Metric:
    """One key of a record that is compared.

    Args:
        key: of the record.
        kind: "rate" is a share of rows, "size" is exact, "cost" depends on the machine.
        higher: whether more is better.
        assumed: the standard deviation of its logarithm that is assumed between trainings.
        risk: its share of the risk of a false alarm. The FPR has all of it; another rate has half,
            so that a gate on FPR and recall alarms in less than 2 % of cases without a change.
    """

    key: str
    kind: Kind
    higher: bool = False
    assumed: float = 0.0
    risk: float = 0.5


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Args:
        label: how the user called it.
        records: all of it.
        folder: where its evidence is; None where it has none.
    """

    label: str
    records: tuple[Row, ...]
    folder: Path | None = None


@dataclass(frozen=True)
class Group:
    """The records of one identity on one data set: `ok` by seed, and those without scores."""

    ok: tuple[Row, ...]
    other: tuple[Row, ...]

    @property
    def any(self) -> Row:
        """One of the records, for what all of them share."""
        return (*self.ok, *self.other)[0]


@dataclass(frozen=True)
class Pair:
    """A cell on both sides.

    Args:
        name: for people.
        base, head: None where the cell is missing.
        reason: why the two cannot be compared; empty when they can.
        note: what a reader must know of the pair.
    """

    name: str
    base: Group | None
    head: Group | None
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Change:
    """What a test found. Changes are relative to the old value: 0.5 is half as much again.

    Args:
        p_worse, p_better: one-sided.
        change: the estimate, with its 95 % interval.
        notice: the smallest change for the worse that would have been noticed; None if none would.
        test: how it was tested.
    """

    p_worse: float
    p_better: float
    change: float
    low: float | None
    high: float | None
    notice: float | None
    test: str


@dataclass(frozen=True)
class Compared:
    """One metric of one pair. `old` and `new` are means over seeds, medians of costs."""

    pair: Pair = field(repr=False)
    metric: str
    verdict: Verdict
    reason: str = ""
    old: float | None = None
    new: float | None = None
    tested: Change | None = None
    seeds: tuple[int, int] = (0, 0)
