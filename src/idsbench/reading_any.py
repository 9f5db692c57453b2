"""Read a file of any format as a card's schema says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from idsbench.card_values import Schema
from idsbench.reading import INDEX_NAMES, map_csv
from idsbench.reading_parquet import map_parquet, open_parquet
from idsbench.reading_source import CsvSource, Form, open_source
from idsbench.reading_zeek import UNSET, open_zeek, read_zeek

if TYPE_CHECKING:
    import polars as pl

Taken = TypeVar("Taken")
READ_AS = {"text": "text", "length": "text", "hex": "hex", "loose": "loose"}


def columns_of(path: Path, schema: Schema) -> tuple[str, ...]:
    """Name a file's columns, in order.

    Raises:
        DataError: the file has no readable header.
    """
    return tuple(name for name in _opened(path, schema).header if name not in INDEX_NAMES)


def first_line(path: Path, schema: Schema) -> int:
    """Give the line of the first row, for messages."""
    if schema.format == "csv":
        return 1 if schema.header == "none" else 2
    return _opened(path, schema).first


def read_rows(path: Path, schema: Schema, columns: Sequence[str]) -> pl.DataFrame:
    """Read all columns of a file at once: numbers as float64, the rest as text.

    Raises:
        DataError: the file cannot be read whole; names the first bad line and column.
    """
    import polars as pl

    return pl.concat(map_rows(path, schema, columns, lambda rows, _: rows))


def map_rows(
    path: Path,
    schema: Schema,
    columns: Sequence[str],
    take: Callable[[pl.DataFrame, int], Taken],
) -> Iterator[Taken]:
    """Read all columns of a file, a part of the rows at a time; give what `take` makes of each.

    Args:
        path, schema, columns: the file, how it is read, and what it holds.
        take: called with rows and the number of rows before them, in several threads at once. Its
            results come in the order of the file.

    Raises:
        DataError: the file cannot be read whole; names the first bad line and column.
    """
    kinds = {column: _read_as(column, schema) for column in columns}
    missing = ("", *schema.missing)
    if schema.format == "zeek":
        return iter([take(read_zeek(path, kinds, missing=(*UNSET, *schema.missing)), 0)])
    if schema.format == "parquet":
        return map_parquet(path, kinds, take, missing=missing)
    return map_csv(path, kinds, take, missing=missing, form=_form(schema))


def _read_as(column: str, schema: Schema) -> str:
    text = {*schema.drop, *(label.column for label in schema.labels)}
    if schema.time and schema.time.format:
        text.add(schema.time.column)
    return "text" if column in text else READ_AS.get(schema.kinds.get(column, ""), "number")


def _opened(path: Path, schema: Schema) -> CsvSource:
    if schema.format == "zeek":
        return open_zeek(path)
    return open_parquet(path) if schema.format == "parquet" else open_source(path, _form(schema))


def _form(schema: Schema) -> Form:
    return Form(schema.header, schema.columns)
