"""The files of one layout -> a `Table`: read, label, clean, group, by the card's word."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.card_checks import near
from idsbench.card_values import Definition, Group, Schema, TimeColumn
from idsbench.errors import CellSkipped, DataError
from idsbench.filenames import matches
from idsbench.reading import first_null
from idsbench.reading_any import columns_of, first_line, read_rows
from idsbench.tabular_columns import (
    Block,
    Changes,
    check_whole,
    join_blocks,
    kept_rows,
    take_block,
    without_infinite,
)
from idsbench.tabular_labels import Codes, check_both_classes, read_codes, task_labels
from idsbench.values import Card, Table

EXAMPLE = datetime(2019, 7, 25, 3, 25, 53)


@dataclass(frozen=True)
class _Task:
    """What is to be read: the card, the layout's schema, the file's columns, the features."""

    card: Card
    schema: Schema
    columns: tuple[str, ...]
    names: tuple[str, ...]


@dataclass
class _Gathered:
    """What is known of the rows of all files so far; arrays are of the rows that stay."""

    blocks: list[Block] = field(default_factory=list)
    codes: dict[str, list[Codes]] = field(default_factory=dict)
    times: list[NDArray[np.float64]] = field(default_factory=list)
    keys: list[pl.DataFrame] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    flags: set[str] = field(default_factory=set)


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
    task, gathered = _Task(card, schema, columns, names), _Gathered()
    for path in files:
        _gather(path, task, gathered)
    return _table(task, files, gathered)


def _table(task: _Task, files: Sequence[Path], gathered: _Gathered) -> Table:
    card, schema, names = task.card, task.schema, task.names
    codes = {name: np.concatenate(parts) for name, parts in gathered.codes.items()}
    labels = task_labels(codes, schema.labels)
    column = next((s.column for s in schema.labels if s.task == "binary"), schema.labels[-1].column)
    check_both_classes(labels["binary"], column, files)
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
        group=_group_codes(gathered.keys) if schema.group else None,
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


def _gather(path: Path, task: _Task, gathered: _Gathered) -> None:
    """Add the rows of one file."""
    schema, changes = task.schema, gathered.changes
    slot_label = _slot_label(path, task)
    frame = _read(path, task, changes)
    first = first_line(path, schema)
    check_whole(frame, schema, path, first)
    codes = read_codes(frame, schema.labels, slot_label, path, first)
    _check_name(path, frame.height, schema, gathered)
    keep = kept_rows(frame, schema, schema.features(task.card, "behaviour", task.columns), path)
    changes.dropped += int(len(keep) - keep.sum())
    for name, part in codes.items():
        gathered.codes.setdefault(name, []).append(part[keep])
    if schema.time:
        seconds = _seconds(frame, schema.time, path, (first, task.card.row_unit))
        gathered.times.append(seconds[keep])
        # The feature is written when the earliest time of all files is known.
        frame = frame.with_columns(pl.lit(0.0).alias(schema.time.column))
    if schema.group:
        keys = _keys(frame, schema, path, len(gathered.keys))
        _check_keys(keys, schema, path, first)
        gathered.keys.append(keys.filter(pl.Series(keep)))
    block = Block(path, first, keep, np.empty((int(keep.sum()), len(task.names)), dtype=np.float32))
    take_block(frame, task.names, schema, block, changes)
    gathered.blocks.append(block)


def _read(path: Path, task: _Task, changes: Changes) -> pl.DataFrame:
    schema = task.schema
    frame = read_rows(path, schema, task.columns)
    if schema.function:
        module, _, attribute = schema.function.partition(":")
        frame, notes = getattr(importlib.import_module(module), attribute)(
            frame, path, schema.layout
        )
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


def _seconds(
    frame: pl.DataFrame, spec: TimeColumn, path: Path, told: tuple[int, str]
) -> NDArray[np.float64]:
    """Give seconds since 1970 (n,), as if times were UTC."""
    first, row_unit = told
    cells = frame.get_column(spec.column)
    if spec.format:
        parsed = cells.str.to_datetime(spec.format, strict=False, time_unit="us")
        seconds = parsed.dt.epoch("us").cast(pl.Float64) / 1e6
    else:
        seconds = cells * spec.seconds
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


def _keys(frame: pl.DataFrame, schema: Schema, path: Path, number: int) -> pl.DataFrame:
    """Give what must be equal in the rows of a group, a column each."""
    group, rows = schema.group or Group(""), frame.height
    place = "/".join(path.resolve().parts[-3:]).lower()
    found = re.search(group.path, place) if group.path else None
    named = found[1] if found else place if group.path else ""
    keys = {"file": pl.repeat(number if group.file else 0, rows, eager=True)}
    keys["place"] = pl.repeat(named, rows, eager=True)
    keys |= {f"key {at}": frame.get_column(column) for at, column in enumerate(group.columns)}
    return pl.DataFrame(keys)


def _check_keys(keys: pl.DataFrame, schema: Schema, path: Path, first: int) -> None:
    """Refuse a row without a key where empty cells are not read as 0."""
    if schema.absent == "zero" or not schema.group:
        return
    for at, column in enumerate(schema.group.columns):
        row = first_null(keys, f"key {at}")
        if row is not None:
            raise DataError(
                path, "the cell is empty", row=first + row, column=column, advice="remove the line"
            )


def _group_codes(keys: Sequence[pl.DataFrame]) -> NDArray[np.int64]:
    """Number the groups from 0 in the order of their keys; an empty key is one of its own."""
    frame = pl.concat(keys)
    codes = np.zeros(frame.height, dtype=np.int64)
    for cells in frame.iter_columns():
        ranks = cells.rank("dense")
        most = int(ranks.max() or 0)  # type: ignore[arg-type]
        if most == 1 and not ranks.null_count():
            continue
        joint = codes * (most + 2) + ranks.fill_null(most + 1).to_numpy().astype(np.int64)
        codes = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return codes
