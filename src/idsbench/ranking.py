"""From records to ranked lines: row objects, seeds merged, groups of comparable lines."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeGuard

from idsbench.errors import RequestError, nearest
from idsbench.flags import EDITED
from idsbench.rowkeys import (
    ENERGY_KEYS,
    EXTRA_KEYS,
    HIGHER_IS_BETTER,
    MEASURED_ENERGY,
    ROW_KEYS,
    TOLD_KEYS,
    method_key,
    parity_values,
)
from idsbench.tables import plain
from idsbench.values import VARIANTS

Row = Mapping[str, Any]

DEFAULT_SORT = ("tpr_at_fpr_1pct", "auc_roc")


@dataclass(frozen=True)
class Line:
    """The records of one identity on the same data, one per seed and fold.

    Args:
        rows: row objects, by seed and fold.
        rank: 1 for the best of its group, equal for ties; None where it is not ranked.
    """

    rows: tuple[Row, ...]
    rank: int | None = None

    @property
    def ok(self) -> bool:
        """Whether every seed ended well, unedited; a mean over the others would flatter."""
        return all(counts(row) for row in self.rows)

    @property
    def folds(self) -> int:
        """How many folds of a protocol the line merges; 0 where it has none."""
        return len({row["fold"] for row in self.rows if row.get("fold")})

    @property
    def seeds(self) -> int:
        """How many seeds the line merges."""
        return len({row.get("seed") for row in self.rows})

    def text(self, key: str) -> str:
        """Give the first seed's value as text; empty where there is none."""
        value = self.rows[0].get(key)
        return "" if value is None else str(value)

    def texts(self, key: str) -> set[str]:
        """Give the distinct texts over seeds."""
        return {str(row.get(key) or "") for row in self.rows}

    def mean(self, key: str) -> float | None:
        """Give the mean over seeds; None unless every seed has a number."""
        values = self.values(key)
        return math.fsum(values) / len(values) if values else None

    def spread(self, key: str) -> tuple[float, float] | None:
        """Give the range over folds, or the 5 % and 95 % quantiles over seeds.

        None with one record or a value missing.
        """
        values = self.values(key)
        if len(values) < 2:
            return None
        if self.folds:
            return min(values), max(values)
        cuts = statistics.quantiles(values, n=20, method="inclusive")
        return cuts[0], cuts[-1]

    def values(self, key: str) -> list[float]:
        """Give the number of each seed; empty unless every seed has one."""
        numbers = []
        for row in self.rows:
            if not _is_number(one := row.get(key)):
                return []
            numbers.append(float(one))
        return numbers


@dataclass(frozen=True)
class Group:
    """Lines that may be compared: same dataset, variant, task, protocol and row unit."""

    dataset: str
    variant: str
    task: str
    protocol: str
    row_unit: str
    ranked: tuple[Line, ...]
    unranked: tuple[Line, ...]


def counts(row: Row) -> bool:
    """Whether a row may be ranked: its cell ended well, and no one changed its record since.

    >>> counts({"status": "ok"}), counts({"status": "ok", "flags": ["edited"]})
    (True, False)
    """
    return row["status"] == "ok" and EDITED not in row.get("flags", ())


def rows(records: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the row objects of the interface: its keys, in its order; what is missing is None.

    >>> row = rows([{"cell": "c0", "status": "ok", "history": [1]}])[0]
    >>> row["cell"], row["fpr"], row["flags"], "history" in row
    ('c0', None, [], False)
    """
    found = []
    for record in records:
        row = {key: record.get(key) for key in ROW_KEYS}
        row["flags"] = list(record.get("flags") or ())
        row |= {key: record[key] for key in (*EXTRA_KEYS, *TOLD_KEYS) if key in record}
        row |= parity_values(record)
        found.append(row)
    return found


def without_fold(spec: str, fold: str | None) -> str:
    """Give a protocol's spec, or an identity that holds it, without what tells folds apart.

    >>> without_fold("leave-out[fold=1,folds=5]", "fold=1"), without_fold("leave-out[a=b]", "a=b")
    ('leave-out[folds=5]', 'leave-out')
    """
    if not fold:
        return spec
    for written, left in ((f"[{fold}]", ""), (f"[{fold},", "["), (f",{fold}", "")):
        if written in spec:
            return spec.replace(written, left, 1)
    return spec


def rank(rows: Sequence[Row], sort: str | None = None) -> list[Group]:
    """Group comparable rows, merge seeds, and rank the lines of which every seed is ok.

    The default ranks by TPR at 1 % FPR, then by AUC-ROC; a line without the first comes after.
    `sort` ranks by one key of `HIGHER_IS_BETTER`, in its own direction. A line without any value
    to rank by comes last with rank None. Equal values share a rank.

    Raises:
        RequestError: `sort` is no such key, or names energy that may not be ranked.
    """
    if sort is not None and sort not in HIGHER_IS_BETTER:
        raise RequestError([f"--sort {sort}: no such score; {nearest(sort, HIGHER_IS_BETTER)}"])
    found = []
    for key, members in sorted(_by_group(rows).items(), key=lambda item: _group_order(item[0])):
        lines = _lines(members)
        good = [line for line in lines if line.ok]
        if sort in ENERGY_KEYS:
            _check_energy(good, str(sort), plain(" ".join(key[:4])))
        ranked = _ranked(good, DEFAULT_SORT if sort is None else (sort,))
        unranked = tuple(line for line in lines if not line.ok)
        dataset, variant, task, protocol, unit = key
        found.append(Group(dataset, variant, task, protocol, unit, ranked, unranked))
    return found


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value)


def _by_group(rows: Sequence[Row]) -> dict[tuple[str, ...], list[Row]]:
    """Sort rows into groups. A cell that never saw its data joins the group of those that did."""
    names = ("dataset", "variant", "task", "protocol")
    keys = [
        (*(str(row.get(name) or "") for name in names[:3]), _series(row, "protocol"))
        for row in rows
    ]
    units = {
        key: str(row["row_unit"])
        for key, row in zip(keys, rows, strict=True)
        if row.get("row_unit")
    }
    groups: dict[tuple[str, ...], list[Row]] = {}
    for key, row in zip(keys, rows, strict=True):
        unit = str(row.get("row_unit") or units.get(key, ""))
        groups.setdefault((*key, unit), []).append(row)
    return groups


def _group_order(key: tuple[str, ...]) -> tuple[Any, ...]:
    """Order groups by dataset, then from published rows to stand-ins."""
    dataset, variant, *rest = key
    place = VARIANTS.index(variant) if variant in VARIANTS else len(VARIANTS)
    return dataset, place, variant, *rest


def _lines(rows: Sequence[Row]) -> list[Line]:
    """Merge the seeds and folds of one identity on the same data."""

    def origin(row: Row) -> tuple[str, ...]:
        kept = (str(row.get(key)) for key in ("variant", "origin_sha256"))
        return (_series(row, "identity"), *kept)

    def place(row: Row) -> tuple[Any, ...]:
        seed = row.get("seed")
        number = float(seed) if _is_number(seed) else -1.0
        return number, _natural(row.get("fold")), str(row.get("cell"))

    ordered = sorted(((origin(row), place(row), row) for row in rows), key=itemgetter(0, 1))
    merged = groupby(ordered, key=itemgetter(0))
    return [Line(tuple(row for _, _, row in members)) for _, members in merged]


def _series(row: Row, key: str) -> str:
    return without_fold(str(row.get(key) or ""), row.get("fold"))


def _natural(fold: object) -> tuple[float, str]:
    """Order numbered folds by number, others by name."""
    number = str(fold or "").rpartition("=")[2]
    return (float(number) if number.isdigit() else math.inf), str(fold or "")


def _ranked(lines: Sequence[Line], keys: Sequence[str]) -> tuple[Line, ...]:
    """Order lines by `keys`, best first, and number them; lines without any value come last."""
    standing = {id(line): [_standing(line, key) for key in keys] for line in lines}
    ordered = sorted(lines, key=lambda line: (standing[id(line)], line.text("identity")))
    better = Counter[tuple[float, ...]](tuple(standing[id(line)]) for line in ordered)
    unknown = (math.inf,) * len(keys)
    ranks: dict[tuple[float, ...], int] = {}
    place = 1
    for value in sorted(better):
        ranks[value] = place
        place += better[value]
    numbered = []
    for line in ordered:
        value = tuple(standing[id(line)])
        numbered.append(Line(line.rows, None if value == unknown else ranks[value]))
    return tuple(numbered)


def _standing(line: Line, key: str) -> float:
    """Give the number by which lines are ordered, least first; infinity where there is none."""
    value = line.mean(key)
    if value is None or (key in ENERGY_KEYS and not _methods(line, key) <= set(MEASURED_ENERGY)):
        return math.inf
    return -value if HIGHER_IS_BETTER[key] else value


def _methods(line: Line, key: str) -> set[str]:
    """Give the methods by which a line's energy was found."""
    return {str(row.get(method_key(key, row)) or "") for row in line.rows}


def _check_energy(lines: Sequence[Line], sort: str, group: str) -> None:
    """Refuse to rank energy that a model gave, or that different meters gave.

    Raises:
        RequestError: naming the group and the way out.
    """
    known = [_methods(line, sort) for line in lines if line.mean(sort) is not None]
    methods = set().union(*known)
    measured = sorted(methods.intersection(MEASURED_ENERGY))
    if len(measured) > 1:
        raise RequestError(
            [
                f"--sort {sort}: the energy of {group} was measured by {' and '.join(measured)}, "
                f"which are not comparable; add --where {method_key(sort, lines[0].rows[0])}="
                f"{measured[0]}"
            ]
        )
    if "model" in methods and not measured:
        raise RequestError(
            [
                f"--sort {sort}: the energy of {group} comes from a model and is never ranked; "
                "sort by another key, or measure it (rapl, nvml or meter)"
            ]
        )
