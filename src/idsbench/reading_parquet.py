"""Read a Parquet file into the same numbers and text as a comma-separated one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from idsbench.errors import DataError
from idsbench.reading import check_header, converted
from idsbench.reading_source import CsvSource
from idsbench.several import in_order

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 65_536  # read at a time
Taken = TypeVar("Taken")


def open_parquet(path: Path) -> CsvSource:
    """Read the names of the columns; rows are counted from 1.

    Raises:
        DataError: not a readable Parquet file.
    """
    import polars as pl

    if not path.is_file():
        raise DataError(path, "there is no such file")
    try:
        names = tuple(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _unreadable(path) from error
    return CsvSource(path, None, names, first=1)


def read_parquet(
    path: Path, columns: Mapping[str, str], *, missing: Collection[str] = ("",)
) -> pl.DataFrame:
    """Read exactly the named columns, in the order of `columns`, at once: see `map_parquet`."""
    import polars as pl

    return pl.concat(map_parquet(path, columns, lambda rows, _: rows, missing=missing))


def map_parquet(
    path: Path,
    columns: Mapping[str, str],
    take: Callable[[pl.DataFrame, int], Taken],
    *,
    missing: Collection[str] = ("",),
) -> Iterator[Taken]:
    """Read exactly the named columns, a part of the rows at a time, as `map_csv` does.

    Raises:
        DataError: the file cannot be read, or a cell is not what its column asks for.
    """
    import polars as pl

    source = open_parquet(path)
    check_header(source, columns)
    plain = [_plain(path, name) for name in source.header]

    def work(before: int) -> Taken:
        return take(_part(path, plain, before, (columns, missing)), before)

    try:
        rows = int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _unreadable(path) from error
    if not rows:
        raise DataError(path, "has no rows")
    yield from in_order(range(0, rows, MOST_ROWS), work)


def _part(
    path: Path,
    plain: Sequence[pl.Expr],
    before: int,
    asked: tuple[Mapping[str, str], Collection[str]],
) -> pl.DataFrame:
    """Read some rows, those after `before` others."""
    import polars as pl

    columns, missing = asked
    try:
        some = pl.scan_parquet(path, glob=False).slice(before, MOST_ROWS)
        frame = some.select(plain).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _unreadable(path) from error
    frame = frame.with_columns(
        pl.col(name).cast(pl.String)
        for name, kind in columns.items()
        if kind == "text" or not frame.schema[name].is_numeric()
    ).with_columns(
        pl.col(name).cast(pl.Float64)
        for name, kind in columns.items()
        if kind != "text" and frame.schema[name].is_numeric()
    )
    whole = converted(frame, columns, missing)
    if whole is None:
        raise _fault(path, frame, columns, (missing, before))
    return whole


def _plain(path: Path, name: str) -> pl.Expr:
    import polars as pl

    kind = pl.read_parquet_schema(path)[name]
    if kind.is_nested() or kind == pl.Binary or kind == pl.Object:
        raise DataError(path, f"holds {kind}, not a number or a text", column=name)
    if kind == pl.Boolean:
        return pl.col(name).cast(pl.UInt8)
    return pl.col(name)


def _fault(
    path: Path,
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    about: tuple[Collection[str], int],
) -> DataError:
    """Name the first cell that is not what its column asks for."""
    missing, before = about
    for name, kind in columns.items():
        if converted(frame.select(name), {name: kind}, missing) is not None:
            continue
        for row, cell in enumerate(frame.get_column(name), start=1):
            one = frame.select(name)[row - 1 : row]
            if converted(one, {name: kind}, missing) is None:
                problem = f"the cell {str(cell)[:40]!r} is not a number"
                return DataError(
                    path, problem, row=before + row, column=name, advice="correct the cell"
                )
    return _unreadable(path)


def _unreadable(path: Path) -> DataError:
    return DataError(path, "is no readable Parquet file", advice="fetch or write it again")
