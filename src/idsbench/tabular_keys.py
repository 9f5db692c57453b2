"""When a row was, and which rows belong together."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.card_values import Group, Schema, TimeColumn
from idsbench.errors import DataError
from idsbench.reading import first_null
from idsbench.vectors import combine

EXAMPLE = datetime(2019, 7, 25, 3, 25, 53)
MOST_FILES = 1_000_000  # of a dataset: so many numbers for each place


def seconds(
    frame: pl.DataFrame, spec: TimeColumn, path: Path, told: tuple[int, str]
) -> NDArray[np.float64]:
    """Give seconds since 1970 (n,), as if times were UTC."""
    first, row_unit = told
    cells = frame.get_column(spec.column)
    seconds = _parsed(cells, spec.format) if spec.format else cells * spec.seconds
    wrong = ~seconds.is_finite().fill_null(False)
    if wrong.any():
        at = int(wrong.arg_max() or 0)
        problem, advice = f"a {row_unit} without a time", "give seconds since 1970"
        if spec.format:
            example = EXAMPLE.strftime(spec.format.replace("%.f", ".%f"))
            problem = f"{str(cells[at])[:40]!r} is not a time like {example}"
            advice = "a spreadsheet may have rewritten it: fetch the file again"
        raise DataError(path, problem, row=first + at, column=spec.column, advice=advice)
    return seconds.to_numpy()


def _parsed(cells: pl.Series, form: str) -> pl.Series:
    """Turn text into seconds since 1970, null where it is no time of this format."""
    few = cells.unique()
    if len(few) < len(cells) / 2:
        # Many rows are of the same second: parsing it once is quicker.
        return cells.replace_strict(few, _parsed(few, form))
    parsed = cells.str.to_datetime(form, strict=False, time_unit="us")
    return parsed.dt.epoch("us").cast(pl.Float64) / 1e6


def file_key(path: Path, number: int, group: Group | None, places: dict[str, int]) -> int:
    """Give the part of a row's group that its file says; `places` numbers those seen so far."""
    if group is None:
        return 0
    place = "/".join(path.resolve().parts[-3:]).lower()
    found = re.search(group.path, place) if group.path else None
    named = found[1] if found else place if group.path else ""
    at = places.setdefault(named, len(places))
    return at * MOST_FILES + (number if group.file else 0)


def row_keys(
    frame: pl.DataFrame, schema: Schema, place: tuple[Path, int], file_key: int
) -> NDArray[np.uint64]:
    """Hash what is equal in the rows of a group: (n,). An empty cell is a key of its own."""
    columns = schema.group.columns if schema.group else ()
    keys = np.full(frame.height, file_key, dtype=np.uint64)
    for column in columns:
        cells = frame.get_column(column)
        empty = first_null(frame, column) if schema.absent != "zero" else None
        if empty is not None:
            path, row = place[0], place[1] + empty
            problem, advice = "the cell is empty", "remove the line"
            raise DataError(path, problem, row=row, column=column, advice=advice)
        keys = combine(keys, cells.hash(seed=0).to_numpy().view(np.int64))
    return keys


def numbered(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number equal keys (n,) from 0 in the order in which they appear.

    >>> numbered(np.array([7, 3, 7, 9], dtype=np.uint64)).tolist()
    [0, 1, 0, 2]
    """
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[place]
