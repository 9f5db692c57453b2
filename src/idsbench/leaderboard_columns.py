"""The columns of a leaderboard for people: short headers, few digits, no column without content."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from idsbench.ranking import Line

_BRACKETS = re.compile(r"\[([^\]]*)\]")
SPECS = ("model", "sampler", "featurizer", "target")


@dataclass(frozen=True)
class Grid:
    """A group's table: `rows` by header, and `notes` on what it does not show."""

    rows: list[dict[str, str]]
    notes: list[str]


@dataclass(frozen=True)
class Column:
    """A header, how a line fills it ("" where it has nothing), and what it means."""

    header: str
    cell: Callable[[Line], str]
    meaning: str


def grid(lines: Sequence[Line], more: Sequence[Column] = ()) -> Grid:
    """Lay out the ranked lines of one group.

    A component that all lines share is named once, above; a score that no line has is named as
    missing, and not shown as a column. `more` columns are shown whatever is in them.
    """
    columns, shared = named(lines)
    missing = []
    for column in COLUMNS:
        cells = [column.cell(line) for line in lines]
        if column.header == "seeds" and len(set(cells)) == 1:
            shared.append(f"seeds {cells[0]}")
        elif any(cells):
            columns[column.header] = [cell or "-" for cell in cells]
        elif column.header not in _OPTIONAL:
            missing.append(column.header)
    columns |= {one.header: [one.cell(line) or "-" for line in lines] for one in more}
    common, own = _flags(lines)
    if any(own):
        columns["flags"] = own
    notes = [
        f"{label}: {', '.join(names)}."
        for label, names in (
            ("All lines", shared),
            ("Flags of all lines", common),
            ("No value in any line", missing),
        )
        if names
    ]
    by_line = zip(*columns.values(), strict=True)
    return Grid([dict(zip(columns, cells, strict=True)) for cells in by_line], notes)


def named(lines: Sequence[Line]) -> tuple[dict[str, list[str]], list[str]]:
    """Give the columns that say which line is which, and what all lines have in common.

    A record's spec holds what differs from the defaults: a row is published with all of it.
    """
    columns: dict[str, list[str]] = {"#": [str(line.rank or "-") for line in lines]}
    shared = []
    for name in SPECS:
        texts = [line.text(name) for line in lines]
        if name == "model" or len(set(texts)) > 1:
            columns[name] = texts
        elif texts[0]:
            shared.append(f"{name} {texts[0]}")
    return columns, shared


def _flags(lines: Sequence[Line]) -> tuple[list[str], list[str]]:
    """Give the flags that all lines raise, and per line the others."""
    raised = [dict.fromkeys(flag for row in line.rows for flag in row["flags"]) for line in lines]
    everywhere = set(raised[0]).intersection(*raised)
    common = [flag for flag in raised[0] if flag in everywhere]
    return common, [" ".join(flag for flag in one if flag not in everywhere) for one in raised]


def legend(headers: Iterable[str], more: Sequence[Column] = ()) -> list[str]:
    """Explain the columns that were shown, in their order."""
    shown = set(headers)
    return [f"{one.header}: {one.meaning}" for one in (*COLUMNS, *more) if one.header in shown]


def short_specs(specs: Sequence[str]) -> list[str]:
    """Shorten component specs to their names and the parameters in which equal names differ.

    >>> short_specs(["cnn[epochs=5,width=8]", "cnn[epochs=9,width=8]", "dummy[seed=1]"])
    ['cnn[epochs=5]', 'cnn[epochs=9]', 'dummy']
    """
    parts = {spec: _parts(spec) for spec in set(specs)}
    common: dict[str, set[str]] = {}
    for head, own in parts.values():
        common.setdefault(head, set(own)).intersection_update(own)
    short = {}
    for spec, (head, own) in parts.items():
        differing = [one for one in own if one not in common[head]]
        short[spec] = f"{head}[{','.join(differing)}]" if differing else head
    return [short[spec] for spec in specs]


def _parts(spec: str) -> tuple[str, list[str]]:
    """Split a spec into its names and all their parameters."""
    insides = _BRACKETS.findall(spec)
    return _BRACKETS.sub("", spec), [one for inside in insides for one in inside.split(",")]


def fraction(value: float) -> str:
    """Give a fraction in three decimals, or as many as keep it apart from 0 and 1.

    >>> [fraction(one) for one in (0, 0.0667, 0.00004, 0.99996, 1, -0.25)]
    ['0', '0.067', '4e-05', '0.99996', '1', '-0.250']
    """
    if value in (0, 1):
        return f"{value:.0f}"
    if 0 < value < 0.0005:
        return f"{value:.1g}"
    if 0.9995 <= value < 1:
        digits = math.ceil(-math.log10(1 - value))
        return f"{value:.{digits}f}" if digits <= 6 else ">0.999999"
    return f"{value:.3f}"


def quantity(value: float) -> str:
    """Give a count or size in three digits: k = 1,000, M = 1,000,000, G = 1,000,000,000.

    >>> [quantity(one) for one in (0, 7, 0.1234, 999.6, 2_257_985, 64_250)]
    ['0', '7', '0.123', '1k', '2.26M', '64.2k']
    """
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= 0.9995 * size:
            return f"{float(f'{value / size:.3g}'):g}{unit}"
    return f"{float(f'{value:.3g}'):g}"


def score(key: str) -> Callable[[Line], str]:
    """Give what writes a line's mean of a key as a fraction."""

    def cell(line: Line) -> str:
        value = line.mean(key)
        return "" if value is None else fraction(value)

    return cell


def amount(key: str) -> Callable[[Line], str]:
    """Give what writes a line's mean of a key as a quantity."""

    def cell(line: Line) -> str:
        value = line.mean(key)
        return "" if value is None else quantity(value)

    return cell


def _spread(key: str) -> Callable[[Line], str]:
    """Give the mean, with the range over seeds where there are several."""

    def cell(line: Line) -> str:
        value, ends = line.mean(key), line.spread(key)
        if value is None:
            return ""
        return fraction(value) + (_range(*ends) if ends else "")

    return cell


def _range(low: float, high: float) -> str:
    return f" [{fraction(low)}, {fraction(high)}]"


def _fpr(line: Line) -> str:
    low, high = line.mean("fpr_low"), line.mean("fpr_high")
    if len(line.rows) > 1 or low is None or high is None:
        return _spread("fpr")(line)
    return score("fpr")(line) + _range(low, high)


def _real_fpr(line: Line) -> str:
    """Only where it differs in meaning from the FPR: synthetic rows were among the test rows."""
    return score("fpr_real")(line) if line.mean("synthetic_share_benign") else ""


def _accuracy(line: Line) -> str:
    value, ceiling = line.mean("accuracy"), line.mean("accuracy_ceiling")
    if value is None:
        return ""
    return fraction(value) + ("" if ceiling is None else f" / {fraction(ceiling)}")


def _latency(line: Line) -> str:
    ends = [amount(f"latency_{name}_us")(line) for name in ("p50", "p99")]
    return " / ".join(end or "-" for end in ends) if any(ends) else ""


def _energy(line: Line) -> str:
    value = amount("energy_uj_per_row")(line)
    return f"{value} ({'+'.join(sorted(line.texts('energy_method')))})" if value else ""


def _seeds(line: Line) -> str:
    return str(line.seeds)


def _folds(line: Line) -> str:
    return str(line.folds or "")


_OPTIONAL = ("FPR real", "macro F1", "folds")

COLUMNS = (
    Column(
        "TPR@1%FPR",
        _spread("tpr_at_fpr_1pct"),
        "share of attacks found at the threshold that gave a false positive rate of 1 % on "
        "validation rows; higher is better.",
    ),
    Column(
        "FPR [range]",
        _fpr,
        "share of benign rows that raise an alarm at score 0.5, lower is better; with one seed "
        "[95 % interval over groups of benign rows]. With several seeds every value is a mean, "
        "and every [range] the 5-95 % range over seeds, whose splits overlap: it is no "
        "confidence interval. Over folds it is the least and the greatest value.",
    ),
    Column(
        "FPR real",
        _real_fpr,
        "FPR over captured rows only, where synthetic rows are among the test rows.",
    ),
    Column("FPR new", score("fpr_unseen"), "FPR over rows that training did not contain."),
    Column(
        "acc / ceiling",
        _accuracy,
        "accuracy, and the highest that equal rows with different labels allow.",
    ),
    Column("macro F1", score("macro_f1"), "mean F1 over classes; higher is better."),
    Column("AUC", score("auc_roc"), "area under the ROC curve; higher is better."),
    Column("params", amount("parameters"), "learned numbers; k, M, G = 1e3, 1e6, 1e9."),
    Column("bytes", amount("size_bytes"), "size of the deployed model; k, M, G = 1e3, 1e6, 1e9."),
    Column(
        "p50 / p99 us",
        _latency,
        "latency of one row in microseconds, from feature vector to score; median and 99th "
        "percentile.",
    ),
    Column(
        "uJ/row",
        _energy,
        "energy per row in microjoules (how it was found; 'model' is computed, not measured).",
    ),
    Column("folds", _folds, "how many held-out folds the line merges."),
    Column("seeds", _seeds, "how many seeds the line merges."),
)
