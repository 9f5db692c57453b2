"""The files of one layout -> a `Table`: read, label, clean, group, by the card's word."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.audit_capture import SEPARATED, benign_apart
from idsbench.audit_roles import roles_of
from idsbench.card_checks import near
from idsbench.card_values import Definition, Schema
from idsbench.errors import CellSkipped, DataError
from idsbench.filenames import matches
from idsbench.reading_any import columns_of, first_line, map_rows
from idsbench.tabular_columns import (
    Block,
    Changes,
    check_whole,
    join_blocks,
    kept_rows,
    take_block,
    without_infinite,
)
from idsbench.tabular_keys import file_key, numbered, row_keys, seconds
from idsbench.tabular_labels import Codes, check_both_classes, read_codes, task_labels
from idsbench.values import Card, Table


@dataclass(frozen=True)
class _Task:
    """What is to be read: the card, the layout's schema, the file's columns, the features."""

    card: Card
    schema: Schema
    columns: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def clocks(self) -> tuple[str, ...]:
        """Columns that say when, but not in a unit: codes of times, as some copies have them."""
        if self.schema.time:
            return ()
        never = {*self.schema.kinds, *self.schema.drop}
        return tuple(c for c in roles_of(self.card, self.columns).time if c not in never)


@dataclass(frozen=True)
class _File:
    """What is known of a file before its rows: the line of the first, what its name says."""

    path: Path
    first: int
    label: str
    key: int


@dataclass(frozen=True)
class _Part:
    """Some rows of one file; arrays are of those that stay, `rows` counts all."""

    rows: int
    block: Block
    codes: Mapping[str, Codes]
    time: NDArray[np.float64] | None
    key: NDArray[np.uint64] | None
    clocks: Mapping[str, NDArray[np.float64]]
    changes: Changes


@dataclass
class _Gathered:
    """What is known of the rows of all files so far; arrays are of the rows that stay."""

    blocks: list[Block] = field(default_factory=list)
    codes: dict[str, list[Codes]] = field(default_factory=dict)
    times: list[NDArray[np.float64]] = field(default_factory=list)
    keys: list[NDArray[np.uint64]] = field(default_factory=list)
    clocks: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    flags: set[str] = field(default_factory=set)

    def add(self, part: _Part) -> None:
        """Take in the rows that follow."""
        self.changes.add(part.changes)
        self.blocks.append(part.block)
        for name, codes in part.codes.items():
            self.codes.setdefault(name, []).append(codes)
        for name, values in part.clocks.items():
            self.clocks.setdefault(name, []).append(values)
        if part.time is not None:
            self.times.append(part.time)
        if part.key is not None:
            self.keys.append(part.key)


def load(definition: Definition, files: tuple[Path, ...], layout: str, choice: str) -> Table:
    """Read the files of one layout, in order.

    Args:
        definition: the card.
        files: as they were found.
        layout: the name of one of the card's layouts.
        choice: behaviour, endpoints or all.

    Raises:
        DataError: the content is not what the layout promises; names file, line and column.
        CellSkipped: the chosen columns are not in this layout.
    """
    card, schema = definition.card, definition.schemas[layout]
    columns = schema.columns or _headers_columns(files[0], card, schema)
    if schema.optional:
        found = columns_of(files[0], schema)
        columns = tuple(c for c in columns if c in found or c not in schema.optional)
        if schema.time and schema.time.column not in columns:
            schema = replace(schema, time=None)
    _check_choice(card, schema, choice, columns)
    names = schema.features(card, choice, columns)
    if not names:
        problem = f"no column is left as a feature with columns={choice}"
        raise DataError(files[0], problem, advice="see what the card leaves out")
    task, gathered = _Task(card, schema, columns, names), _Gathered()
    places: dict[str, int] = {}
    for number, path in enumerate(files):
        key = file_key(path, number, schema.group, places)
        file = _File(path, first_line(path, schema), _slot_label(path, task), key)
        _gather(file, task, gathered)
    return _table(task, files, gathered)


def _table(task: _Task, files: Sequence[Path], gathered: _Gathered) -> Table:
    card, schema, names = task.card, task.schema, task.names
    codes = {name: np.concatenate(parts) for name, parts in gathered.codes.items()}
    labels = task_labels(codes, schema.labels)
    column = next((s.column for s in schema.labels if s.task == "binary"), schema.labels[-1].column)
    check_both_classes(labels["binary"], column, files)
    for values in gathered.clocks.values():
        if benign_apart(np.concatenate(values), labels["binary"].codes) >= SEPARATED:
            gathered.flags.add("benign-single-capture")
    x = join_blocks(gathered.blocks, names, schema.absent)
    time = np.concatenate(gathered.times) if schema.time else None
    if time is not None and schema.time and schema.time.column in names:
        # Seconds since 1970 have steps of two minutes in float32.
        x[:, names.index(schema.time.column)] = time - time.min()
    return Table(
        x=x,
        columns=names,
        labels=labels,
        attack=labels[schema.labels[-1].task],
        group=numbered(np.concatenate(gathered.keys)) if schema.group else None,
        group_name=schema.group.name if schema.group else "",
        time=time,
        notes=gathered.changes.notes(card.row_unit),
        flags=(*_flags(card, names), *sorted(gathered.flags)),
    )


def _flags(card: Card, names: Sequence[str]) -> tuple[str, ...]:
    raised = {
        "rows-are-packets": card.row_unit == "packet",
        "endpoints-as-features": bool(set(card.endpoints) & set(names)),
        "identifiers-as-features": bool(set(card.identifiers) & set(names)),
    }
    return tuple(flag for flag, is_raised in raised.items() if is_raised)


def _headers_columns(path: Path, card: Card, schema: Schema) -> tuple[str, ...]:
    """Give the columns of a file whose card names only some; those that it names must be there."""
    found = columns_of(path, schema)
    named = [*(label.column for label in schema.labels), *schema.kinds, *schema.drop]
    named += [*card.identifiers, *card.endpoints]
    for column in dict.fromkeys(name for name in named if name):
        if column not in found:
            raise DataError(
                path,
                f"has no column '{column}', which the card names",
                row=1,
                advice=near(column, found),
            )
    return found


def _check_choice(card: Card, schema: Schema, choice: str, columns: Sequence[str]) -> None:
    wanted = {"behaviour": (), "endpoints": card.endpoints}.get(
        choice, (*card.endpoints, *card.identifiers)
    )
    if choice == "behaviour" or set(wanted) & set(columns):
        return
    if not wanted:
        raise CellSkipped(
            f"{card.name}[columns={choice}] has nothing to add: the card names no "
            f"{'endpoints' if choice == 'endpoints' else 'endpoints and no identifiers'}; "
            "use columns=behaviour"
        )
    listed = wanted if len(wanted) < 8 else (*wanted[:6], f"{len(wanted) - 6} more columns")
    raise CellSkipped(
        f"{card.name}[columns={choice}] needs {', '.join(listed[:-1])} and {listed[-1]}, which the "
        f"layout '{schema.layout}' does not have; use columns=behaviour"
    )


def _gather(file: _File, task: _Task, gathered: _Gathered) -> None:
    """Add the rows of one file."""
    rows = kept = 0
    for part in map_rows(file.path, task.schema, task.columns, partial(_part, task, file)):
        rows += part.rows
        kept += len(part.block.x)
        gathered.add(part)
    if not kept:
        advice = "fetch the file again"
        raise DataError(file.path, "every row lacks a cell somewhere", advice=advice)
    _check_name(file.path, rows, task.schema, gathered)


def _part(task: _Task, file: _File, frame: pl.DataFrame, before: int) -> _Part:
    """Make features, labels, times and keys of some rows; `before` of the file are above them."""
    schema, path, first = task.schema, file.path, file.first + before
    changes, rows = Changes(), frame.height
    frame = _cleaned(frame, task, (path, first), changes)
    check_whole(frame, schema, path, first)
    codes = read_codes(frame, schema.labels, file.label, path, first)
    keep = kept_rows(frame, schema, schema.features(task.card, "behaviour", task.columns))
    changes.dropped = int(rows - keep.sum())
    time = key = None
    if schema.time:
        time = seconds(frame, schema.time, path, (first, task.card.row_unit))[keep]
        # The feature is written when the earliest time of all files is known.
        frame = frame.with_columns(pl.lit(0.0).alias(schema.time.column))
    if schema.group:
        key = row_keys(frame, schema, (path, first), file.key)[keep]
    x = np.empty((int(keep.sum()), len(task.names)), dtype=np.float32)
    block = Block(path, first, keep, x)
    take_block(frame, task.names, schema, block, changes)
    kept = {name: part[keep] for name, part in codes.items()}
    clocks = {name: frame.get_column(name).to_numpy()[keep] for name in task.clocks}
    return _Part(rows, block, kept, time, key, clocks, changes)


def _cleaned(
    frame: pl.DataFrame, task: _Task, place: tuple[Path, int], changes: Changes
) -> pl.DataFrame:
    """Change what the card says must be changed in rows of a file, the first in a given line."""
    schema, (path, first) = task.schema, place
    if schema.function:
        module, _, attribute = schema.function.partition(":")
        change = getattr(importlib.import_module(module), attribute)
        try:
            frame, notes = change(frame, path, schema.layout)
        except DataError as error:
            if error.row is None:
                raise
            # The function takes its first row for the one below a header.
            raise error.further_down(first - 2) from None
        for note in notes:
            changes.others[note.what] += note.count
    if schema.infinite == "missing":
        frame = without_infinite(frame, task.columns, changes)
    return frame


def _slot_label(path: Path, task: _Task) -> str:
    """Give the label that the file's name says; empty where cells say it."""
    schema = task.schema
    if not schema.slot_labels:
        return ""
    layout = next(layout for layout in task.card.layouts if layout.name == schema.layout)
    for patterns, label in zip(layout.slots, schema.slot_labels, strict=True):
        if matches(path, patterns):
            return label
    known = ", ".join(patterns[0] for patterns in layout.slots)
    raise DataError(path, "its name does not say its label", advice=f"name it like {known}")


def _check_name(path: Path, rows: int, schema: Schema, gathered: _Gathered) -> None:
    for wrong in schema.misnamed:
        if rows == wrong.rows and matches(path, wrong.files):
            gathered.changes.others[wrong.says] += rows
            gathered.flags.add("misnamed-file")
