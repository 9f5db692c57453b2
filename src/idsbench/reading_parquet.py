"""Read a Parquet file into the same numbers and text as a comma-separated one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from idsbench.errors import DataError
from idsbench.reading import check_header, converted
from idsbench.reading_source import CsvSource

if TYPE_CHECKING:
    import polars as pl


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
    """Read exactly the named columns, in the order of `columns`, as `read_csv` does.

    Raises:
        DataError: the file cannot be read, or a cell is not what its column asks for.
    """
    import polars as pl

    source = open_parquet(path)
    check_header(source, columns)
    try:
        frame = pl.read_parquet(path, glob=False).select(_plain(path, n) for n in source.header)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _unreadable(path) from error
    if not frame.height:
        raise DataError(path, "has no rows")
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
        raise _fault(path, frame, columns, missing)
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
    path: Path, frame: pl.DataFrame, columns: Mapping[str, str], missing: Collection[str]
) -> DataError:
    """Name the first cell that is not what its column asks for."""
    for name, kind in columns.items():
        if converted(frame.select(name), {name: kind}, missing) is not None:
            continue
        for row, cell in enumerate(frame.get_column(name), start=1):
            one = frame.select(name)[row - 1 : row]
            if converted(one, {name: kind}, missing) is None:
                problem = f"the cell {str(cell)[:40]!r} is not a number"
                return DataError(path, problem, row=row, column=name, advice="correct the cell")
    return _unreadable(path)


def _unreadable(path: Path) -> DataError:
    return DataError(path, "is no readable Parquet file", advice="fetch or write it again")
