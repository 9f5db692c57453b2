"""From a file of either layout to a `Table`: labels, cleaning, features."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from idsbench.errors import DataError
from idsbench.reading import first_null, read_csv
from idsbench.values import Labels, Note, Table
from idsbench_iotid20 import schema
from idsbench_iotid20.labelling import read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

TICK_S = 1e-6  # the clock's resolution: a flow of duration 0 lasted at most this long
BYTES = ("TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts")
PACKETS = ("Tot_Fwd_Pkts", "Tot_Bwd_Pkts")
UNREADABLE_PORT = -1.0


def load(path: Path, layout: str, choice: str) -> Table:
    """Read, clean and label one file; `choice` is behaviour, endpoints or all.

    Raises:
        DataError: naming file, line and column.
    """
    frame = read_csv(path, schema.kinds(layout))
    labels = read_labels(path, frame, layout)
    seconds = _seconds(path, frame) if layout == schema.FULL else None
    group = _codes(path, frame, "Flow_ID")
    keep, notes = _complete(path, frame, layout)
    frame, mended = _mend_rates(path, frame, layout, keep)
    names = schema.features(layout, choice)
    x, coerced = _matrix(path, frame, names, keep)
    labels = {task: Labels(one.codes[keep], one.classes) for task, one in labels.items()}
    _check_both_classes(path, labels["binary"])
    return Table(
        x=x,
        columns=names,
        labels=labels,
        attack=labels.get("subcategory", labels["binary"]),
        group=group[keep],
        group_name="Flow_ID",
        time=None if seconds is None else seconds[keep],
        notes=tuple(note for note in (notes, mended, coerced) if note.count),
        flags=_flags(choice),
    )


def _flags(choice: str) -> tuple[str, ...]:
    if choice == "behaviour":
        return ()
    flags = ("endpoints-as-features",)
    return (*flags, "identifiers-as-features") if choice == "all" else flags


def _check_both_classes(path: Path, binary: Labels) -> None:
    present = np.unique(binary.codes)
    if len(present) < 2:
        raise DataError(
            path,
            f"every row is {binary.classes[int(present[0])]}",
            column="Label",
            advice="a detector needs rows of both classes",
        )


def _complete(path: Path, frame: pl.DataFrame, layout: str) -> tuple[NDArray[np.bool_], Note]:
    """Mark the rows (n,) that have all their numbers."""
    names = schema.behaviour(layout)
    keep = ~frame.select(pl.any_horizontal(pl.col(names).is_null())).to_series().to_numpy()
    if not keep.any():
        raise DataError(path, "every row lacks a number somewhere", advice="fetch the file again")
    return keep, Note("rows with a missing number dropped", int(len(keep) - keep.sum()))


def _mend_rates(
    path: Path, frame: pl.DataFrame, layout: str, keep: NDArray[np.bool_]
) -> tuple[pl.DataFrame, Note]:
    """Replace infinite rates of flows of duration 0 by the rate at the clock's resolution."""
    count = 0
    for rate, totals in zip(schema.RATES, (BYTES, PACKETS), strict=True):
        infinite = (frame.get_column(rate).is_infinite() & pl.Series(keep)).fill_null(False)
        if layout != schema.FULL or not infinite.any():
            continue
        at_zero = infinite & (frame.get_column("Flow_Duration") == 0)
        at_zero &= frame.get_column(rate) > 0
        total = frame.get_column(totals[0]) + frame.get_column(totals[1])
        mended = (total / TICK_S).zip_with(at_zero, frame.get_column(rate))
        frame = frame.with_columns(mended.alias(rate))
        count += int(at_zero.sum())
    return frame, Note("infinite rates of flows of duration 0 set to the rate at 1 µs", count)


def _matrix(
    path: Path, frame: pl.DataFrame, names: tuple[str, ...], keep: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], Note]:
    """Fill x (n, d) column by column, so that the file is held once more at half its size."""
    x = np.empty((int(keep.sum()), len(names)), dtype=np.float32)
    coerced = 0
    for at, name in enumerate(names):
        cells = frame.get_column(name)
        if name in schema.PORTS:
            coerced += int(cells.is_null().to_numpy()[keep].sum())
            values = cells.fill_null(UNREADABLE_PORT).to_numpy()
        elif name == "Timestamp" and cells.dtype == pl.String:
            seconds = _seconds(path, frame)
            values = seconds - seconds.min()
        else:
            values = _codes(path, frame, name) if cells.dtype == pl.String else cells.to_numpy()
        with np.errstate(over="ignore"):
            x[:, at] = values[keep]
        finite = np.isfinite(x[:, at])
        if not finite.all():
            row = int(np.flatnonzero(keep)[int(np.argmin(finite))])
            raise _not_finite(path, name, row, float(values[row]))
    return x, Note("port cells that are no number set to -1", coerced)


def _not_finite(path: Path, column: str, row: int, value: float) -> DataError:
    problem = "is infinite" if np.isinf(value) else f"is too large for a 32-bit float: {value:g}"
    if np.isinf(value) and column in schema.RATES:
        problem += ", and not because Flow_Duration is 0 in a file with packet and byte totals"
    return DataError(
        path,
        f"the cell {problem}",
        row=row + 2,
        column=column,
        advice="correct the cell or remove the line",
    )


def _codes(path: Path, frame: pl.DataFrame, column: str) -> NDArray[np.int64]:
    """Give each row the rank of its text among the sorted distinct ones; numbers stay."""
    row = first_null(frame, column)
    if row is not None:
        raise DataError(
            path, "the cell is empty", row=row + 2, column=column, advice="remove the line"
        )
    cells = frame.get_column(column)
    if cells.dtype == pl.String:
        cells = cells.rank("dense") - 1
    return cells.cast(pl.Int64).to_numpy()


def _seconds(path: Path, frame: pl.DataFrame) -> NDArray[np.float64]:
    """Parse the timestamps to seconds since 1970, as if they were UTC."""
    text = frame.select("Timestamp")
    parsed = text.with_columns(
        pl.col("Timestamp").str.to_datetime(schema.TIMESTAMP_FORMAT, strict=False, time_unit="us")
    )
    row = first_null(parsed, "Timestamp")
    if row is not None:
        raise DataError(
            path,
            f"{str(text.item(row, 0))[:40]!r} is not a time like 25/07/2019 03:25:53 AM",
            row=row + 2,
            column="Timestamp",
            advice="a spreadsheet may have rewritten it: fetch the file again",
        )
    seconds: NDArray[np.float64] = parsed.get_column("Timestamp").dt.epoch("s").to_numpy() * 1.0
    return seconds
