"""Read a comma-separated file into numbers and text: no row is lost, invented or altered silently.

The fast path is the polars reader with a given schema. It accepts some things in silence (a short
row becomes empty cells, a blank line an empty row), so bytes are counted as well; where the parse
fails or the counts differ, a slow pass finds the first bad line and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from idsbench.errors import DataError, nearest
from idsbench.reading_batches import Batch, Shape, batches, measure
from idsbench.reading_faults import find_fault
from idsbench.reading_source import NAMED, CsvSource, Form, open_source
from idsbench.several import in_order

if TYPE_CHECKING:
    import polars as pl

MOST_NAMED = 5  # columns in one sentence
KINDS = ("number", "text", "hex", "loose")
Taken = TypeVar("Taken")
INDEX_NAMES = ("", "Unnamed: 0")  # what pandas calls an index that was saved with the table


def read_csv(
    path: Path,
    columns: Mapping[str, str],
    *,
    missing: Collection[str] = ("",),
    form: Form = NAMED,
) -> pl.DataFrame:
    """Read exactly the named columns, in the order of `columns`, at once: see `map_csv`."""
    import polars as pl

    return pl.concat(map_csv(path, columns, lambda rows, _: rows, missing=missing, form=form))


def map_csv(
    path: Path,
    columns: Mapping[str, str],
    take: Callable[[pl.DataFrame, int], Taken],
    *,
    missing: Collection[str] = ("",),
    form: Form = NAMED,
) -> Iterator[Taken]:
    """Read exactly the named columns, some thousand rows at a time; give what `take` makes of each.

    An index column (no name, or `Unnamed: 0`) is dropped. Files may be plain, gzip, or a zip of
    one member. Line number of row i is i + 2 (without a header i + 1) unless a quoted cell spans
    lines.

    Args:
        path: the file.
        columns: column name -> "number" (float64; `inf` is infinite, `nan` is null), "hex"
            (float64; `0x1f` or a decimal number), "loose" (float64, null where it cannot be
            parsed) or "text" (as it stands).
        take: called with rows, in the order of `columns`, and the number of rows before them; in
            several threads at once. Its results come in the order of the file.
        missing: cells that become null, of whatever kind; where the empty cell is one of them, a
            cell of blanks is too, unless it is text.
        form: where the names of the columns are.

    Raises:
        DataError: the file cannot be read whole; names the first bad line and column.
    """
    source = open_source(path, form)
    check_header(source, columns)

    def work(part: _Part) -> Taken | None:
        frame = _parsed(source, part, columns, missing)
        return None if frame is None else take(frame, part.before)

    for made in in_order(_parts(source), work):
        if made is None:
            raise find_fault(source, columns, missing)
        yield made


@dataclass(frozen=True)
class _Part:
    """A batch with its measures, and the number of rows before it."""

    batch: Batch
    shape: Shape
    before: int


def _parts(source: CsvSource) -> Iterator[_Part]:
    before, some = 0, False
    for batch in batches(source):
        shape = measure(batch, source.separator)
        if shape.rows > 0 or not shape.sound:
            yield _Part(batch, shape, before)
            some = True
        before += shape.rows
    if not some:
        raise DataError(source.path, "has a header and no rows")


def first_null(frame: pl.DataFrame, column: str) -> int | None:
    """Give the index (from 0) of the first null in a column; its line in the file is index + 2."""
    cells = frame.get_column(column)
    return cells.is_null().arg_max() if cells.null_count() else None


def check_header(source: CsvSource, columns: Mapping[str, str]) -> None:
    """Refuse a file whose columns are not those asked for.

    Raises:
        DataError: names what is lacking and what is unexpected.
    """
    lacking = [name for name in columns if name not in source.header]
    extra = [name for name in source.header if name not in columns and name not in INDEX_NAMES]
    if lacking or extra:
        faults = [f"lacks {_listed(lacking)}"] if lacking else []
        faults += [f"has unexpected {_listed(extra)}"] if extra else []
        near = nearest(extra[0], lacking) if lacking and extra else ""
        # With nothing near it names all that is lacking, which for a wide file is no help.
        helpful = near and (len(lacking) <= MOST_NAMED or near.startswith("did you mean"))
        advice = f"for {extra[0]}, {near}" if helpful else ""
        raise DataError(source.path, "the header " + " and ".join(faults), row=1, advice=advice)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{'column' if len(names) == 1 else 'columns'} {', '.join(names[:MOST_NAMED])}{more}"


def _parsed(
    source: CsvSource, part: _Part, columns: Mapping[str, str], missing: Collection[str]
) -> pl.DataFrame | None:
    """Parse by the fast path; None where anything about the rows is not as it should be."""
    import polars as pl

    shape = part.shape
    if not shape.sound or shape.separators != shape.rows * (len(source.header) - 1):
        return None
    tokens = [token for token in missing if token]  # an empty cell is null in any case
    direct = pl.Float64 if "" in missing else pl.String
    schema = {
        name: direct if columns.get(name) == "number" else pl.String for name in source.header
    }
    try:
        frame = pl.read_csv(
            # The parser overlooks one cell too many where no line end follows it.
            part.batch.data + b"\n" if shape.open_cell else part.batch.data,
            has_header=False,
            separator=source.separator,
            schema=schema,
            null_values=tokens if "" in missing and tokens else None,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    if frame.height == shape.rows + shape.blank_tail:
        frame = frame.head(shape.rows)
    if frame.height != shape.rows or _has_second_header(frame, columns):
        return None
    return converted(frame, columns, missing)


def _has_second_header(frame: pl.DataFrame, columns: Mapping[str, str]) -> bool:
    """Look for a row of column names; a column of numbers would not have parsed with one."""
    import polars as pl

    if any(kind in ("number", "hex") for kind in columns.values()):
        return False
    return frame.select(pl.all_horizontal(pl.col(c) == c for c in columns).any()).item() is True


def converted(
    frame: pl.DataFrame, columns: Mapping[str, str], missing: Collection[str]
) -> pl.DataFrame | None:
    """Turn each column into its kind; None where a cell is not what its kind asks for."""
    import polars as pl

    out: list[pl.Series] = []
    for name, kind in columns.items():
        cells = frame.get_column(name)
        few = cells.unique() if cells.dtype == pl.String and kind in ("hex", "loose") else cells
        if len(few) < len(cells) / 4:
            # Codes and flags have few values: parsing each once is several times faster.
            values = _converted(few, kind, missing)
            made = None if values is None else cells.replace_strict(few, values)
        else:
            made = _converted(cells, kind, missing)
        if made is None:
            return None
        out.append(made)
    return pl.DataFrame(out)


def _converted(cells: pl.Series, kind: str, missing: Collection[str]) -> pl.Series | None:
    """Turn one column into its kind; None where a cell is not what its kind asks for."""
    import numpy as np
    import polars as pl

    if cells.dtype == pl.String:
        plain = _plain_numbers(cells, kind, missing)
        cells = plain if plain is not None else _without_missing(cells, kind, missing)
    if kind != "text" and cells.dtype == pl.String:
        numbers = _numbers(cells, kind)
        if kind != "loose" and numbers.null_count() > cells.null_count():
            return None
        cells = numbers
    # A sum shows a NaN without a mask; infinities of both signs only cost a second look.
    if cells.dtype == pl.Float64 and np.isnan(float(cells.sum())):
        cells = cells.fill_nan(None)
    return cells


def _plain_numbers(cells: pl.Series, kind: str, missing: Collection[str]) -> pl.Series | None:
    """Parse text at once where every cell is a number as it stands, which is the usual case."""
    import polars as pl

    if kind == "text" or "" not in missing or any(map(_is_number, missing)):
        return None
    numbers = cells.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == cells.null_count() else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _without_missing(cells: pl.Series, kind: str, missing: Collection[str]) -> pl.Series:
    """Empty the cells of text that stand for nothing."""
    if "" not in missing:
        # The parser reads an empty cell as null; here it is text like any other.
        cells = cells.fill_null("")
        return cells.set(cells.is_in(list(missing)), None)
    # The parser keeps some quoted empty cells.
    shown = cells if kind == "text" else cells.str.strip_chars(" ")
    wanting = shown.is_in(list(missing))
    return cells.set(wanting, None) if wanting.any() else cells


def _numbers(cells: pl.Series, kind: str) -> pl.Series:
    """Parse text to float64, null where it is no number."""
    import polars as pl

    plain = cells.str.strip_chars_start(" ").cast(pl.Float64, strict=False)
    if kind != "hex":
        return plain
    hexadecimal = cells.str.contains("^0[xX][0-9a-fA-F]{1,16}$")
    digits = cells.set(~hexadecimal, None).str.slice(2)
    values = digits.str.to_integer(base=16, dtype=pl.UInt64, strict=False).cast(pl.Float64)
    return values.zip_with(hexadecimal.fill_null(False), plain)
