"""From the columns of a file to float32 features.

One column at a time, so that a file of twelve million packets is never held several times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.errors import DataError
from idsbench.values import Note
from idsbench_mqttset.schema import LENGTHS, PAYLOAD, RANKS

_ABSENT = ("0", "0.0")  # what the authors' fillna(0) leaves in a text column


@dataclass
class Block:
    """The features of one file.

    Args:
        x: float32 (n, d).
        empty: how many cells were empty and read as 0.
        texts: per column that is ranked, its distinct values in order; a row's feature is the
            place counted from 1, and 0 where the cell is empty.
    """

    x: NDArray[np.float32]
    empty: int
    texts: dict[str, list[str]]


def take_block(frame: pl.DataFrame, names: Sequence[str], file: Path) -> Block:
    """Move the columns `names` out of `frame` into a block; each leaves the frame's memory.

    Raises:
        DataError: a number that is not finite in float32, or a payload that is not hex.
    """
    block = Block(np.empty((frame.height, len(names)), dtype=np.float32), 0, {})
    for place, name in enumerate(names):
        column = frame.drop_in_place(name)
        block.empty += column.null_count()
        if name == PAYLOAD:
            block.x[:, place] = _payload_bytes(column, file)
        elif name in LENGTHS:
            block.x[:, place] = _characters(column)
        elif name in RANKS:
            block.texts[name] = column.drop_nulls().unique().sort().to_list()
            block.x[:, place] = _places(column, block.texts[name])
        else:
            block.x[:, place] = _numbers(column, file)
    return block


def join_blocks(blocks: list[Block], names: Sequence[str]) -> tuple[NDArray[np.float32], int]:
    """Give all rows as x (n, d) and the number of empty cells; empties the list as it goes."""
    _rank_together(blocks, names)
    empty = sum(block.empty for block in blocks)
    if len(blocks) == 1:
        return blocks.pop().x, empty
    x = np.empty((sum(len(block.x) for block in blocks), len(names)), dtype=np.float32)
    end = len(x)
    while blocks:
        part = blocks.pop().x
        x[end - len(part) : end] = part
        end -= len(part)
    return x, empty


def empty_note(empty: int) -> tuple[Note, ...]:
    """Say how many cells were filled, if any were."""
    if not empty:
        return ()
    return (Note("empty cells (fields that a packet does not have) read as 0", empty),)


def line_of(mask: pl.Series) -> int | None:
    """Give the file's line (the header is 1) of the first true entry."""
    place = mask.arg_max() if mask.any() else None
    return None if place is None else place + 2


def _numbers(column: pl.Series, file: Path) -> NDArray[np.float32]:
    values = column.fill_null(0.0).to_numpy()
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    finite = np.isfinite(narrow)
    if not finite.all():
        place = int(np.argmin(finite))
        problem = f"{values[place]} is not a finite number of 32 bits"
        raise DataError(file, problem, row=place + 2, column=column.name, advice="correct the file")
    return narrow


def _characters(column: pl.Series) -> NDArray[np.uint32]:
    absent = column.is_null() | column.is_in(_ABSENT)
    return column.set(absent.fill_null(True), "").str.len_chars().to_numpy()


def _payload_bytes(column: pl.Series, file: Path) -> NDArray[np.uint32]:
    absent = (column.is_null() | column.is_in(_ABSENT)).fill_null(True)
    # pandas writes a column of digits that has gaps as floats: "32.0" was the payload 32.
    digits = column.set(absent, "").str.strip_suffix(".0").str.replace_all(":", "", literal=True)
    line = line_of(~digits.str.contains(r"^[0-9A-Fa-f]*$"))
    if line is not None:
        problem = f"{column[line - 2][:40]!r} is not a payload in hexadecimal digits"
        advice = "export it as digits without other signs, or as 0 where there is none"
        raise DataError(file, problem, row=line, column=column.name, advice=advice)
    return ((digits.str.len_bytes() + 1) // 2).to_numpy()


def _places(column: pl.Series, known: list[str]) -> NDArray[np.float32]:
    if not known:
        return np.zeros(len(column), dtype=np.float32)
    places = pl.Series(range(1, len(known) + 1), dtype=pl.Float32)
    return column.replace_strict(
        pl.Series(known), places, default=0.0, return_dtype=pl.Float32
    ).to_numpy()


def _rank_together(blocks: list[Block], names: Sequence[str]) -> None:
    """Turn the places within each file into places among the values of all files."""
    for place, name in enumerate(names):
        if name not in RANKS or len(blocks) == 1:
            continue
        everywhere = sorted(set().union(*(block.texts[name] for block in blocks)))
        order = {text: rank for rank, text in enumerate(everywhere, start=1)}
        for block in blocks:
            ranks = np.array([0, *(order[text] for text in block.texts[name])], dtype=np.float32)
            block.x[:, place] = ranks[block.x[:, place].astype(np.int64)]
