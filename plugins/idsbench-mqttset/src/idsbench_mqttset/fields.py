"""Reads the 60-column layout: one file of tshark fields per class, the class in the file's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.errors import DataError
from idsbench.reading import read_csv
from idsbench.values import Table
from idsbench_mqttset.card import CARD, class_of_file
from idsbench_mqttset.features import Block, empty_note, join_blocks, line_of, take_block
from idsbench_mqttset.labels import task_labels
from idsbench_mqttset.schema import CLASSES, STREAM, TIME, field_columns


def load_fields(files: tuple[Path, ...], names: tuple[str, ...], flags: tuple[str, ...]) -> Table:
    """Read per-class files into one table, in order, with packet times and TCP streams as groups.

    Raises:
        DataError: the content is not what the layout promises, or a name that says no class.
    """
    blocks: list[Block] = []
    codes, times, groups = [], [], []
    next_group = 0
    for file in files:
        code = _class_code(file)
        frame = read_csv(file, field_columns())
        codes.append(np.full(frame.height, code, dtype=np.int16))
        times.append(_epochs(frame[TIME], file))
        groups.append(_streams(frame[STREAM], file) + next_group)
        next_group = int(groups[-1].max()) + 1
        blocks.append(take_block(frame, names, file))
    labels = task_labels(np.concatenate(codes), files)
    x, empty = join_blocks(blocks, names)
    time = np.concatenate(times)
    if TIME in names:
        # Seconds since 1970 have steps of two minutes in float32.
        x[:, names.index(TIME)] = time - time.min()
    return Table(
        x=x,
        columns=names,
        labels=labels,
        attack=labels["category"],
        group=np.concatenate(groups),
        group_name=CARD.group,
        time=time,
        notes=empty_note(empty),
        flags=flags,
    )


def _class_code(file: Path) -> int:
    label = class_of_file(file.name)
    if label is None:
        raise DataError(
            file,
            "the name of a per-class file does not say its class",
            advice=f"let it begin with one of {', '.join(CLASSES)}",
        )
    return CLASSES.index(label)


def _epochs(column: pl.Series, file: Path) -> NDArray[np.float64]:
    line = line_of(~column.is_finite().fill_null(False))
    if line is not None:
        advice = "give seconds since 1970"
        raise DataError(file, "a packet without a time", row=line, column=TIME, advice=advice)
    return column.to_numpy()


def _streams(column: pl.Series, file: Path) -> NDArray[np.int64]:
    """Number the streams of a capture from 0; packets outside any stream share one more number."""
    wrong = (column < 0) | (column != column.floor()) | column.is_infinite()
    line = line_of(wrong.fill_null(False))
    if line is not None:
        problem = f"{column[line - 2]} is not the number of a TCP stream"
        advice = "give a whole number from 0"
        raise DataError(file, problem, row=line, column=STREAM, advice=advice)
    outside = int(column.drop_nulls().to_numpy().max(initial=-1)) + 1
    return column.fill_null(outside).to_numpy().astype(np.int64)
