"""Published tables as TOML: what a paper prints, with its digits (docs/claims.md has the keys)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from idsbench.card_table import CardTable
from idsbench.claims_scores import METRICS, Sizes
from idsbench.errors import RequestError, nearest

UNITS = ("percent", "fraction")
COUNTS = ("original", "balanced", "test")
MOST_ROWS = 10**10


@dataclass(frozen=True)
class Claim:
    """One row of a published table.

    Args:
        claim: the file's short name for the paper.
        paper: its reference.
        source: which table, on which page.
        row: the row's name within the file.
        counts: which of `sizes` the row's scores belong to, the plain reading.
        sizes: attack and benign rows of the tables that the paper counts.
        test_share: the share of a table that the paper tests on, None where it is not said.
        days: how many days of traffic the original table holds, None where it is not known.
        percent: whether scores are printed as percent.
        scores: metric -> the number as printed, with its digits.
        cell: dataset, models, sampler, protocol, as a benchmark's row names them; may be empty.
    """

    claim: str
    paper: str
    source: str
    row: str
    counts: str
    sizes: Mapping[str, Sizes]
    test_share: Decimal | None
    days: Decimal | None
    percent: bool
    scores: Mapping[str, Decimal]
    cell: Mapping[str, tuple[str, ...]]

    @property
    def natural(self) -> Sizes | None:
        """The table before balancing, if the paper counts it."""
        return self.sizes.get("original")

    def value(self, name: str) -> Fraction:
        """Give a printed score as a fraction of 1."""
        return Fraction(self.scores[name]) / (100 if self.percent else 1)


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Read one file of claims.

    Raises:
        RequestError: naming every mistake in it.
    """
    try:
        return parse_claims(path.read_bytes().decode("utf-8"), str(path))
    except OSError as error:
        raise RequestError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise RequestError([f"{path}: is no text in UTF-8"]) from error


def parse_claims(text: str, name: str) -> tuple[Claim, ...]:
    """Read the text of a file of claims; `name` is how messages call it.

    Raises:
        RequestError: naming every mistake in it.
    """
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise RequestError([f"{name}: is no TOML: {error}"]) from error
    problems: list[str] = []
    claims = _claims(CardTable("", content, problems))
    if problems:
        raise RequestError([f"{name}: {problem}" for problem in problems])
    return claims


def _claims(table: CardTable) -> tuple[Claim, ...]:
    claim, paper = table.text("claim", None), table.text("paper", None)
    percent = _unit(table)
    share, days = _share(table), _positive(table, "days")
    sizes = _all_sizes(table)
    cell = {key: table.texts(key) for key in ("dataset", "models") if key in table.content}
    claims: list[Claim] = []
    for row in table.tables("rows"):
        name = row.text("name", None)
        if name in [one.row for one in claims]:
            row.complain(f"a row with the name '{name}' is there already")
        own = {key: row.texts(key) for key in ("sampler", "protocol") if key in row.content}
        counts = _counts(row, sizes)
        scores = _scores(row, percent)
        source = row.text("source", "")
        row.finish()
        claims.append(
            Claim(
                *(claim, paper, source, name, counts, sizes),
                *(share, days, percent, scores, cell | own),
            )
        )
    if not claims and not table.problems:
        table.complain("there is no row; write [[rows]] with a name and scores")
    table.finish()
    return tuple(claims)


def _unit(table: CardTable) -> bool:
    unit = table.text("unit", None)
    if unit and unit not in UNITS:
        table.complain(f"unit = '{unit}': {nearest(unit, UNITS)}")
    return unit != "fraction"


def _share(table: CardTable) -> Decimal | None:
    share = _positive(table, "test_share")
    if share is not None and share >= 1:
        table.complain(f"test_share = {share} is no fraction below 1; 15 % is 0.15")
    return share


def _positive(table: CardTable, key: str) -> Decimal | None:
    value = table.raw(key)
    if value is None:
        return None
    number = _number(value)
    if number is None or number <= 0:
        table.complain(f"{key} = {str(value)[:40]} is not a number above 0")
        return None
    return number


def _number(value: object) -> Decimal | None:
    """Give a finite number of moderate length as it was written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or len(str(value)) > 20:
        return None
    number = Decimal(value)
    return number if number.is_finite() and abs(number.adjusted()) <= 20 else None


def _all_sizes(table: CardTable) -> dict[str, Sizes]:
    counts = table.table("counts")
    if counts is None:
        table.complain(f"the table [counts] is missing; it names rows of {', '.join(COUNTS)}")
        return {}
    sizes = {}
    for key in COUNTS:
        inner = counts.table(key)
        if inner is None:
            continue
        found = [_rows(inner, one) for one in ("attack", "benign")]
        inner.finish()
        if None not in found:
            sizes[key] = Sizes(found[0] or 0, found[1] or 0)
    counts.finish()
    if not counts.content:
        counts.complain(f"names no rows; there are: {', '.join(COUNTS)}")
    return sizes


def _rows(table: CardTable, key: str) -> int | None:
    count = table.whole(key)
    if key not in table.content:
        table.complain(f"the count '{key}' is missing")
    elif count is not None and not 1 <= count <= MOST_ROWS:
        table.complain(f"{key} = {count} is not a count from 1 to {MOST_ROWS:,}")
        return None
    return count


def _counts(row: CardTable, sizes: Mapping[str, Sizes]) -> str:
    """Give the table that the row's scores belong to; it need not be named where there is one."""
    default = "test" if "test" in sizes else next(iter(sizes)) if len(sizes) == 1 else None
    name = row.text(
        "counts", default if sizes else ""
    )  # without counts there is a complaint already
    if name and sizes and name not in sizes:
        row.complain(f"counts = '{name}': {nearest(name, sizes)}")
    return name


def _scores(row: CardTable, percent: bool) -> dict[str, Decimal]:
    table = row.table("scores")
    if table is None:
        row.complain("the table 'scores' is missing")
        return {}
    whole = 100 if percent else 1
    scores: dict[str, Decimal] = {}
    for name in METRICS:
        value = table.raw(name)
        number = _number(value)
        if value is None:
            continue
        if number is None or not 0 <= number <= whole:
            unit = "percent from 0 to 100" if percent else "fraction from 0 to 1"
            hint = '; for percent write unit = "percent"' if number and not percent else ""
            table.complain(f"{name} = {str(value)[:40]} is no {unit}{hint}")
            continue
        scores[name] = number
    table.finish()
    if not table.content:
        table.complain(f"holds no score; there are: {', '.join(METRICS)}")
    _check_unit(table, scores, percent)
    return scores


def _check_unit(table: CardTable, scores: Mapping[str, Decimal], percent: bool) -> None:
    """Refuse fractions among percents: no paper prints an accuracy below 1 %."""
    good = [name for name in scores if name != "fpr"]
    small = [name for name in good if 0 < scores[name] <= 1 and percent]
    if small and ("accuracy" in small or len(small) == len(good)):
        table.complain(
            f'{small[0]} = {scores[small[0]]} as percent looks like a fraction; write unit = "fraction"'
        )
