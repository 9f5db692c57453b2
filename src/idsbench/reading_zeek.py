"""Read a Zeek log: tab-separated, with comment lines that name the columns.

The labelled logs of Stratosphere (IoT-23) hold three fields in the last one, separated by three
blanks; they become columns of their own. Zeek writes `-` for a field that is not set.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from idsbench.errors import DataError
from idsbench.reading import check_header, converted
from idsbench.reading_faults import Checks
from idsbench.reading_source import CsvSource, not_utf8, unpacked

if TYPE_CHECKING:
    import polars as pl

UNSET = ("-", "(empty)", "")
JOINT = "   "  # between the fields that the last one holds
CHUNK = 1 << 22
COMMENT = re.compile(rb"^#.*$", re.MULTILINE)


def open_zeek(path: Path) -> CsvSource:
    """Read the comment lines at the head of a log; `first` is the line of the first row.

    Raises:
        DataError: not a readable file, or not a Zeek log.
    """
    data, _ = unpacked(path)
    fields: list[str] = []
    first = 1
    with _stream(path, data) as stream:
        for line in stream:
            if not line.startswith(b"#"):
                break
            first += 1
            try:
                words = line.decode("utf-8").rstrip("\r\n").split("\t")
            except UnicodeDecodeError:
                raise not_utf8(path, first - 1) from None
            if words[0] == "#fields":
                fields = [*words[1:-1], *words[-1].split(JOINT)]
    if not fields:
        advice = "give the log as Zeek writes it, not as JSON"
        raise DataError(path, "has no line #fields, so it is no Zeek log", advice=advice)
    doubled = sorted({name for name in fields if fields.count(name) > 1})
    if doubled:
        raise DataError(path, f"#fields names {', '.join(doubled)} more than once")
    return CsvSource(path, data, tuple(fields), first)


def read_zeek(
    path: Path, columns: Mapping[str, str], *, missing: Collection[str] = UNSET
) -> pl.DataFrame:
    """Read exactly the named columns, in the order of `columns`, as `read_csv` does.

    Raises:
        DataError: the file cannot be read whole; names the first bad line and column.
    """
    source = open_zeek(path)
    check_header(source, columns)
    frame = _parsed(source)
    if frame is not None:
        if not frame.height:
            raise DataError(path, "has a header and no rows")
        frame = converted(frame, columns, missing)
    if frame is None:
        raise _fault(source, columns, missing)
    return frame


def _stream(path: Path, data: bytes | None) -> IO[bytes]:
    return path.open("rb") if data is None else io.BytesIO(data)


def _parsed(source: CsvSource) -> pl.DataFrame | None:
    """Give all columns as text; None where a line has more or fewer cells than the header."""
    import polars as pl

    last, joined = _joint(source)
    names = [*source.header[: len(source.header) - joined], last]
    rows, tabs = _counts(source)
    if tabs != rows * (len(names) - 1):
        return None
    if not rows:
        return pl.DataFrame(schema=dict.fromkeys(source.header, pl.String))
    try:
        frame = pl.read_csv(
            str(source.path.absolute()) if source.data is None else source.data,
            separator="\t",
            has_header=False,
            comment_prefix="#",
            quote_char=None,
            schema=dict.fromkeys(names, pl.String),
            glob=False,
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    if frame.height != rows:
        return None
    return frame if joined == 1 else _split(frame, last, source.header[-joined:])


def _joint(source: CsvSource) -> tuple[str, int]:
    """Give the name of the last tab-separated field and how many columns it holds."""
    with source.open() as stream:
        for line in stream:
            if line.startswith(b"#fields"):
                last = line.decode("utf-8").rstrip("\r\n").rpartition("\t")[2]
                return last, len(last.split(JOINT))
    raise AssertionError("open_zeek has seen a line #fields")


def _split(frame: pl.DataFrame, last: str, names: tuple[str, ...]) -> pl.DataFrame | None:
    """Take the last field apart; None where it holds another number of fields."""

    cells = frame.get_column(last).str.split(JOINT)
    if (cells.list.len() != len(names)).any():
        return None
    parts = [cells.list.get(at).alias(name) for at, name in enumerate(names)]
    return frame.drop(last).with_columns(parts)


def _counts(source: CsvSource) -> tuple[int, int]:
    """Count the rows, and the tabs in them; comment lines may stand anywhere."""
    rows = tabs = 0
    with source.open() as stream:
        while chunk := stream.read(CHUNK):
            chunk += stream.readline()
            comments = COMMENT.findall(chunk)
            rows += len(chunk.splitlines()) - len(comments)
            tabs += chunk.count(b"\t") - sum(comment.count(b"\t") for comment in comments)
    return rows, tabs


def _fault(source: CsvSource, columns: Mapping[str, str], missing: Collection[str]) -> DataError:
    """Give the error for the first bad line."""
    checks = Checks(source, columns, frozenset(missing), "tab")
    last = len(source.header) - _joint(source)[1]
    for row, line in _rows(source):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            return not_utf8(source.path, row)
        if "\0" in text:
            return DataError(source.path, "has a NUL byte", row=row, advice="fetch the file again")
        cells = text.split("\t")
        cells[last:] = [part for cell in cells[last:] for part in cell.split(JOINT)]
        if fault := checks.cells(cells, row):
            return fault
    return DataError(source.path, "is not a well-formed Zeek log", advice="fetch the file again")


def _rows(source: CsvSource) -> Iterator[tuple[int, bytes]]:
    with source.open() as stream:
        for row, line in enumerate(stream, start=1):
            if not line.startswith(b"#"):
                yield row, line
