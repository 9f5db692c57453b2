"""Records -> series: the same detector under one protocol after another, seeds merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idsbench.ranking import Line, Row, rows

LADDER = ("paper-whole", "paper-train", "clean", "grouped")
SAME = (
    *("dataset", "variant", "origin_sha256", "task", "sampler", "featurizer", "model", "target"),
)


@dataclass(frozen=True)
class Series:
    """One detector on one file; `steps` has a line for each protocol of the ladder that was run.

    Args:
        names: the values of `SAME`, as the records write them.
        steps: protocol -> its records, one for each seed.
    """

    names: Mapping[str, str]
    steps: Mapping[str, Line]


@dataclass(frozen=True)
class Range:
    """A mean with the least and the greatest value over seeds; `count` of them."""

    mean: float
    least: float
    greatest: float
    count: int


def series_of(records: Iterable[Row], ladder: Sequence[str] = LADDER) -> list[Series]:
    """Group records by everything but protocol and seed; other protocols are left out.

    Series with one protocol only are left out too: they compare nothing.
    """
    groups: dict[tuple[str, ...], dict[str, list[Row]]] = {}
    for row in rows(records):
        protocol = str(row["protocol"] or "")
        if protocol in ladder and not row.get("fold"):
            key = tuple(str(row[name] or "") for name in SAME)
            groups.setdefault(key, {}).setdefault(protocol, []).append(row)
    found = []
    for key, steps in sorted(groups.items()):
        lines = {name: Line(_by_seed(steps[name])) for name in ladder if name in steps}
        if len(lines) > 1:
            found.append(Series(dict(zip(SAME, key, strict=True)), lines))
    return found


def _by_seed(members: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(members, key=lambda row: (row["seed"] or 0, str(row["cell"]))))


def range_of(line: Line, key: str) -> Range | None:
    """Give a score's mean and range; None unless every seed is ok and has it."""
    return _range(line.values(key)) if line.ok else None


def shift_of(line: Line, base: Line | None, key: str) -> Range | None:
    """Give how much larger a score is than under another protocol, seed by seed."""
    if base is None or not (line.ok and base.ok):
        return None
    known = {row["seed"]: row.get(key) for row in base.rows}
    pairs = [(row.get(key), known.get(row["seed"])) for row in line.rows]
    shifts = [one - other for one, other in pairs if one is not None and other is not None]
    return _range(shifts) if len(shifts) == len(pairs) else None


def _range(values: Sequence[float]) -> Range | None:
    if not values:
        return None
    mean = sum(values) / len(values)
    low, high = min(values), max(values)
    return Range(min(max(mean, low), high), low, high, len(values))


def flags_of(line: Line) -> list[str]:
    """Give the flags that any seed raises, in their order."""
    return list(dict.fromkeys(flag for row in line.rows for flag in row["flags"]))


def whole(line: Line, key: str) -> tuple[int, int] | None:
    """Give the least and the greatest count over seeds."""
    counts = [value for row in line.rows if isinstance(value := row.get(key), int)]
    return (min(counts), max(counts)) if counts else None


def as_rows(series: Iterable[Series], base: str = "clean") -> list[dict[str, Any]]:
    """Give one flat object for each series and protocol, for programs.

    Scores are means over seeds, with `…_least` and `…_greatest` beside them; `fpr_less_clean` is
    the FPR less that of the same seed under `base`.
    """
    found = []
    for one in series:
        for protocol, line in one.steps.items():
            row: dict[str, Any] = {**one.names, "protocol": protocol}
            row["seeds"] = [record["seed"] for record in line.rows]
            row["complete"] = line.ok
            for key in SCORES:
                row |= _flat(key, range_of(line, key))
            row |= _flat("fpr_less_clean", shift_of(line, one.steps.get(base), "fpr"))
            for key in COUNTS:
                ends = whole(line, key)
                row |= {f"{key}_least": ends and ends[0], f"{key}_greatest": ends and ends[1]}
            row["flags"] = flags_of(line)
            found.append(row)
    return found


SCORES = (
    *("fpr", "fpr_real", "fpr_unseen", "recall", "accuracy", "accuracy_ceiling"),
    *("tpr_at_fpr_1pct", "achieved_fpr_1pct", "synthetic_share_benign", "seen_share", "coverage"),
    "prevalence",
)
COUNTS = ("leaked_rows", "rows_train", "rows_test", "n_benign", "n_benign_groups")


def _flat(key: str, found: Range | None) -> dict[str, float | None]:
    if found is None:
        return {key: None, f"{key}_least": None, f"{key}_greatest": None}
    return {key: found.mean, f"{key}_least": found.least, f"{key}_greatest": found.greatest}
