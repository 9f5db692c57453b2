"""From columns of some rows to float32 features; at the end all rows become one matrix.

Only features are kept of a row, so that a large file is never held as it stands.
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

    def add(self, more: Changes) -> None:
        """Count what was changed in other rows."""
        self.dropped += more.dropped
        self.empty += more.empty
        self.infinite += more.infinite
        self.unreadable += more.unreadable
        self.others.update(more.others)

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
    """Some rows of one file, one after the other.

    Args:
        path, first: the file and the line of the first of them, for messages.
        keep: bool (n,), the rows that stay.
        x: float32 (kept, d), once `take_block` has made it. A column of text holds the place of
            each cell in `texts`, from 1; 0 is an empty cell.
        texts: per column of text, the distinct cells, sorted.
    """

    path: Path
    first: int
    keep: NDArray[np.bool_]
    x: NDArray[np.float32]
    texts: dict[str, pl.Series] = field(default_factory=dict)


def kept_rows(frame: pl.DataFrame, schema: Schema, behaviour: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the rows (n,) that stay: all, or those without an empty cell in a behaviour column."""
    keep = np.ones(frame.height, dtype=np.bool_)
    if schema.absent != "zero":
        asked = (c for c in behaviour if schema.kinds.get(c) not in ("loose", "length"))
        for cells in map(frame.get_column, asked):
            if cells.null_count():
                keep &= ~cells.is_null().to_numpy()
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
    """Give a block its x (kept, d) from the columns `names`.

    Raises:
        DataError: a number that is not finite in float32, or not what its kind asks for.
    """
    features: list[pl.Series] = []
    for name in names:
        cells, kind = frame.get_column(name), schema.kinds.get(name, "number")
        if cells.dtype == pl.String and kind != "length":
            _check_present(cells, schema, block)
            kept = cells if block.keep.all() else cells.filter(pl.Series(block.keep))
            changes.empty += kept.null_count()
            block.texts[name] = kept.drop_nulls().unique().sort()
            features.append(kept.rank("dense").fill_null(0).cast(pl.Float32))
            continue
        if cells.dtype == pl.String:
            absent = (cells.is_null() | cells.is_in(list(schema.filled))).fill_null(True)
            changes.empty += int(cells.is_null().to_numpy()[block.keep].sum())
            cells = cells.set(absent, "").str.len_chars().cast(pl.Float64)
        cells = _filled(cells, kind, schema, (block, changes))
        kept = cells if block.keep.all() else cells.filter(pl.Series(block.keep))
        features.append(kept.cast(pl.Float32))
    if features:
        block.x = pl.DataFrame(features).to_numpy(order="c", writable=True)
    _check_finite(frame, names, block)


def _filled(cells: pl.Series, kind: str, schema: Schema, into: tuple[Block, Changes]) -> pl.Series:
    """Put a number where a cell is empty, and count those cells."""
    block, changes = into
    if not cells.null_count():
        return cells
    nulls = int(cells.is_null().to_numpy()[block.keep].sum())
    if nulls and kind == "loose":
        changes.unreadable[cells.name] += nulls
    elif nulls and schema.absent == "drop":
        _check_present(cells, schema, block)
    else:
        changes.empty += nulls
    return cells.fill_null(UNREADABLE if kind == "loose" else 0.0)


def _check_finite(frame: pl.DataFrame, names: Sequence[str], block: Block) -> None:
    """Refuse what is infinite or too large: the first such column's first cell is named."""
    if np.isfinite(block.x).all():
        return
    place = int(np.argmin(np.isfinite(block.x).all(axis=0)))
    kept = int(np.argmin(np.isfinite(block.x[:, place])))
    row = int(np.flatnonzero(block.keep)[kept])
    value = float(frame.get_column(names[place])[row])
    problem = "infinite" if np.isinf(value) else f"too large for a 32-bit float: {value:g}"
    raise DataError(
        block.path,
        f"the cell is {problem}",
        row=block.first + row,
        column=names[place],
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
    x = np.empty((sum(len(block.x) for block in blocks), len(names)), dtype=np.float32)
    texts = [name for name in names if any(name in block.texts for block in blocks)]
    known = {name: _merged([block.texts[name] for block in blocks]) for name in texts}
    end = len(x)
    while blocks:
        block = blocks.pop()
        part = x[end - len(block.x) : end]
        part[:] = block.x
        for name in texts:
            places = known[name].search_sorted(block.texts[name]).to_numpy() + 1
            ranks = np.concatenate([[0], places])[block.x[:, names.index(name)].astype(np.int64)]
            part[:, names.index(name)] = ranks if absent == "zero" else ranks - 1
        end -= len(part)
    return x


def _merged(texts: Sequence[pl.Series]) -> pl.Series:
    """Give the distinct texts of all blocks, sorted."""
    return pl.concat(texts).unique().sort()
