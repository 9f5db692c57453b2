"""What IoTID20's card cannot say: rates of flows of duration 0 are infinite in the file."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from idsbench.errors import DataError
from idsbench.values import Note

TICK_S = 1e-6  # the clock's resolution: a flow of duration 0 lasted at most this long
TOTALS = {
    "Flow_Byts/s": ("TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts"),
    "Flow_Pkts/s": ("Tot_Fwd_Pkts", "Tot_Bwd_Pkts"),
}


def mend(frame: pl.DataFrame, path: Path, layout: str) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Replace infinite rates of flows of duration 0 by the rate at the clock's resolution.

    Raises:
        DataError: a rate is infinite for another reason, or the layout lacks the totals.
    """
    count = 0
    for rate, totals in TOTALS.items():
        cells, duration = frame.get_column(rate), frame.get_column("Flow_Duration")
        infinite = cells.is_infinite().fill_null(False)
        if not infinite.any():
            continue
        if set(totals) <= set(frame.columns):
            at_zero = infinite & (duration == 0).fill_null(False) & (cells > 0)
            total = frame.get_column(totals[0]) + frame.get_column(totals[1])
            cells = (total / TICK_S).zip_with(at_zero, cells)
            frame = frame.with_columns(cells.alias(rate))
            count += int(at_zero.sum())
            infinite &= ~at_zero
        if infinite.any():
            raise DataError(
                path,
                "the cell is infinite, and not because Flow_Duration is 0 in a file with packet "
                "and byte totals",
                row=int(infinite.arg_max() or 0) + 2,
                column=rate,
                advice="correct the cell or remove the line",
            )
    return frame, (Note("infinite rates of flows of duration 0 set to the rate at 1 µs", count),)
