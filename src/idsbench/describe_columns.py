"""What one column of an unknown table is, by its values: number, hexadecimal, time, text.

Every cell that is given is looked at: a card that fits the first thousand rows only is a trap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

TOKENS = ("-", "?", "NA", "N/A", "n/a", "null", "NULL", "None", "none")
"""What is written where there is nothing, besides the empty cell and nan."""
FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d/%m/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
)
EPOCHS = (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
EPOCH_S = (6e8, 4e9)  # seconds since 1970 of the years 1989 to 2096
ADDRESS = (
    r"^(\d{1,3}(\.\d{1,3}){3}"
    r"|[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}"
    r"|[0-9A-Fa-f]*:[0-9A-Fa-f:]+:[0-9A-Fa-f.]*)$"
)
HEX = r"^0[xX][0-9a-fA-F]{1,16}$"
MOSTLY = 0.9  # share from which most cells are addresses, or most rows have a value of their own
FEW = 20


@dataclass(frozen=True)
class Column:
    """What is known of a column.

    Args:
        kind: "number", "hex", "time" (text) or "text".
        distinct: how many different values it has.
        missing: the tokens that stand in it where there is nothing.
        infinite: whether some number is infinite.
        form: the format of a time written as text; "s", "ms", "us" or "ns" for numbers that are
            times since 1970; else empty.
        address: whether most cells are addresses.
        names_rows: whether it tells every row, or nearly every row, from the others.
        constant: whether all rows have the same cell.
        nulls: rows with nothing in it.
    """

    kind: str
    distinct: int
    missing: tuple[str, ...] = ()
    infinite: bool = False
    form: str = ""
    address: bool = False
    names_rows: bool = False
    constant: bool = False
    nulls: int = 0


def judge(cells: pl.Series) -> Column:
    """Say what a column of text (n,) is."""
    found = cells.unique()
    values = found.drop_nulls()
    present = [token for token in TOKENS if (values == token).any()]
    rest = values.filter(~values.is_in(list(TOKENS)))
    distinct = len(found)
    nulls = cells.null_count() + (int(cells.is_in(present).sum()) if present else 0)
    named = len(rest) > max(FEW, MOSTLY * (len(cells) - nulls))
    base = Column("text", distinct, tuple(present), nulls=nulls, constant=distinct < 2)
    if not len(rest):
        return replace(base, kind="number")
    numbers = rest.str.strip_chars(" ").cast(pl.Float64, strict=False)
    if not numbers.null_count():
        counts = named and _counts_rows(numbers)
        form = _epoch(numbers)
        infinite = bool(numbers.is_infinite().any())
        return replace(base, kind="number", infinite=infinite, form=form, names_rows=counts)
    unread = rest.filter(numbers.is_null())
    if unread.str.contains(HEX).all():
        return replace(base, kind="hex", names_rows=False)
    if form := _time_format(rest):
        return replace(base, kind="time", form=form)
    address = int(rest.str.contains(ADDRESS).sum()) > MOSTLY * len(rest)
    return replace(base, kind="text", address=address, names_rows=named)


def _counts_rows(numbers: pl.Series) -> bool:
    """Tell whether distinct numbers count something up: whole, and without large gaps."""
    whole = bool((numbers == numbers.floor()).all()) and not bool(numbers.is_infinite().any())
    if not whole:
        return False
    span = float(numbers.max()) - float(numbers.min())  # type: ignore[arg-type]
    return span <= 2 * len(numbers)


def _epoch(numbers: pl.Series) -> str:
    """Name the unit of times since 1970; empty where the numbers are no such times."""
    positive = numbers.filter(numbers > 0)
    if len(positive) < 2 or len(positive) < len(numbers) - 1:
        return ""
    low, high = float(positive.min()), float(positive.max())  # type: ignore[arg-type]
    for unit, factor in EPOCHS:
        if EPOCH_S[0] * factor <= low and high <= EPOCH_S[1] * factor:
            return unit
    return ""


def _time_format(texts: pl.Series) -> str:
    """Name the format in which all texts are times; empty where there is none."""
    if not re.match(r"^[0-9]{1,4}[-/.][0-9]{1,2}[-/.]", str(texts[0])):
        return ""
    for form in FORMATS:
        try:
            parsed = texts.str.to_datetime(form, strict=False, time_unit="us")
        except pl.exceptions.PolarsError:
            continue
        if not parsed.null_count():
            return form
    return ""
