"""From the columns of one file to float32 features, one column at a time.

A column leaves the frame's memory when it is taken, so that a large file is never held twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.card_values import Schema
from idsbench.errors import DataError
from idsbench.values import Note

CORRECT = "correct the cell or remove the line"
UNREADABLE = -1.0  # a cell of a "loose" column that is no number


@dataclass
class Changes:
    """What reading changed, counted over all files."""

    dropped: int = 0
    empty: int = 0
    infinite: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    def notes(self, row_unit: str) -> tuple[Note, ...]:
        """Say what was changed, where anything was."""
        loose = ", ".join(self.unreadable)
        counted = (
            *self.others.items(),
            ("rows with a missing cell dropped", self.dropped),
            ("infinite cells taken as missing", self.infinite),
            (f"empty cells (fields that a {row_unit} does not have) read as 0", self.empty),
            (f"cells of {loose} that are no number set to -1", self.unreadable.total()),
        )
        return tuple(Note(what, count) for what, count in counted if count)


@dataclass
class Block:
    """The rows of one file.

    Args:
        path, first: the file and the line of its first row, for messages.
        keep: bool (n,), the rows that stay.
        x: float32 (kept, d).
        texts: per column of text, the kept cells; ranks are taken over all files together.
    """

    path: Path
    first: int
    keep: NDArray[np.bool_]
    x: NDArray[np.float32]
    texts: dict[str, pl.Series] = field(default_factory=dict)


def kept_rows(
    frame: pl.DataFrame, schema: Schema, behaviour: Sequence[str], path: Path
) -> NDArray[np.bool_]:
    """Mark the rows (n,) that stay: all, or those without an empty cell in a behaviour column.

    Raises:
        DataError: no row stays.
    """
    asked = [c for c in behaviour if schema.kinds.get(c) not in ("loose", "length")]
    if schema.absent == "zero" or not asked:
        return np.ones(frame.height, dtype=np.bool_)
    empty = frame.select(pl.any_horizontal(pl.col(asked).is_null())).to_series()
    keep: NDArray[np.bool_] = ~empty.to_numpy()
    if not keep.any():
        raise DataError(path, "every row lacks a cell somewhere", advice="fetch the file again")
    return keep


def without_infinite(frame: pl.DataFrame, names: Sequence[str], changes: Changes) -> pl.DataFrame:
    """Empty the infinite cells of these columns, and count them."""
    for name in names:
        cells = frame.get_column(name)
        if cells.dtype != pl.Float64:
            continue
        infinite = cells.is_infinite().fill_null(False)
        if infinite.any():
            changes.infinite += int(infinite.sum())
            frame = frame.with_columns(cells.set(infinite, None).alias(name))
    return frame


def check_whole(frame: pl.DataFrame, schema: Schema, path: Path, first: int) -> None:
    """Refuse a cell that is no whole number from 0 in a column of such.

    Raises:
        DataError: names the cell.
    """
    for name, kind in schema.kinds.items():
        if kind != "whole" or name not in frame.columns:
            continue
        cells = frame.get_column(name)
        wrong = ((cells < 0) | (cells != cells.floor()) | cells.is_infinite()).fill_null(False)
        if wrong.any():
            at = int(wrong.arg_max() or 0)
            problem = f"the cell {cells[at]:g} is not a whole number from 0"
            raise DataError(path, problem, row=first + at, column=name, advice=CORRECT)


def take_block(
    frame: pl.DataFrame, names: Sequence[str], schema: Schema, block: Block, changes: Changes
) -> None:
    """Move the columns `names` out of `frame` into a block's x (kept, d).

    Raises:
        DataError: a number that is not finite in float32, or not what its kind asks for.
    """
    everything = bool(block.keep.all())
    for place, name in enumerate(names):
        cells, kind = frame.drop_in_place(name), schema.kinds.get(name, "number")
        if cells.dtype == pl.String and kind != "length":
            _check_present(cells, schema, block)
            kept = cells if everything else cells.filter(pl.Series(block.keep))
            changes.empty += kept.null_count()
            block.texts[name] = kept
            continue
        if cells.dtype == pl.String:
            absent = (cells.is_null() | cells.is_in(list(schema.filled))).fill_null(True)
            changes.empty += int(cells.is_null().to_numpy()[block.keep].sum())
            cells = cells.set(absent, "").str.len_chars().cast(pl.Float64)
        _fill(cells, kind, schema, block, (place, changes))


def _fill(
    cells: pl.Series, kind: str, schema: Schema, block: Block, into: tuple[int, Changes]
) -> None:
    """Write one column of numbers into x; the line of a bad cell is named."""
    place, changes = into
    nulls = int(cells.is_null().to_numpy()[block.keep].sum()) if cells.null_count() else 0
    if kind == "loose":
        if nulls:
            changes.unreadable[cells.name] += nulls
        cells = cells.fill_null(UNREADABLE)
    elif nulls and schema.absent == "drop":
        _check_present(cells, schema, block)
    else:
        changes.empty += nulls
        cells = cells.fill_null(0.0)
    values = cells.to_numpy()
    with np.errstate(over="ignore"):
        block.x[:, place] = values[block.keep]
    finite = np.isfinite(block.x[:, place])
    if not finite.all():
        row = int(np.flatnonzero(block.keep)[int(np.argmin(finite))])
        value = float(values[row])
        problem = "infinite" if np.isinf(value) else f"too large for a 32-bit float: {value:g}"
        raise DataError(
            block.path,
            f"the cell is {problem}",
            row=block.first + row,
            column=cells.name,
            advice=CORRECT,
        )


def _check_present(cells: pl.Series, schema: Schema, block: Block) -> None:
    """Refuse an empty cell in a row that stays, where empty cells are not read as 0."""
    if schema.absent == "zero" or not cells.null_count():
        return
    empty = cells.is_null().to_numpy() & block.keep
    if empty.any():
        raise DataError(
            block.path,
            "the cell is empty",
            row=block.first + int(empty.argmax()),
            column=cells.name,
            advice="remove the line",
        )


def join_blocks(blocks: list[Block], names: Sequence[str], absent: str) -> NDArray[np.float32]:
    """Give all rows as x (n, d), in order; empties the list as it goes.

    Text becomes its place among the sorted distinct texts of all files: from 0, or from 1 where an
    empty cell is 0.
    """
    ends = np.cumsum([len(block.x) for block in blocks])
    for place, name in enumerate(names):
        if not any(name in block.texts for block in blocks):
            continue
        cells = pl.concat([block.texts.pop(name) for block in blocks])
        ranks = cells.rank("dense").fill_null(0).to_numpy().astype(np.float32)
        for block, part in zip(blocks, np.split(ranks, ends[:-1]), strict=True):
            block.x[:, place] = part if absent == "zero" else part - 1
    if len(blocks) == 1:
        return blocks.pop().x
    x = np.empty((int(ends[-1]), len(names)), dtype=np.float32)
    while blocks:
        end = int(ends[len(blocks) - 1])
        part = blocks.pop().x
        x[end - len(part) : end] = part
    return x
