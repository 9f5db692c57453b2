"""Read a file of any format as a card's schema says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from idsbench.card_values import Schema
from idsbench.reading import INDEX_NAMES, read_csv
from idsbench.reading_parquet import open_parquet, read_parquet
from idsbench.reading_source import CsvSource, Form, open_source
from idsbench.reading_zeek import UNSET, open_zeek, read_zeek

if TYPE_CHECKING:
    import polars as pl

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
    """Read all columns of a file: numbers as float64, the rest as text.

    Raises:
        DataError: the file cannot be read whole; names the first bad line and column.
    """
    kinds = {column: _read_as(column, schema) for column in columns}
    missing = ("", *schema.missing)
    if schema.format == "zeek":
        return read_zeek(path, kinds, missing=(*UNSET, *schema.missing))
    if schema.format == "parquet":
        return read_parquet(path, kinds, missing=missing)
    return read_csv(path, kinds, missing=missing, form=_form(schema))


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
