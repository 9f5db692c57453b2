"""What the file's own text adds: two payloads of one length are one feature and two texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from idsbench.vectors import combine

if TYPE_CHECKING:
    from numpy.typing import NDArray


def text_hashes(
    files: Sequence[Path], columns: Sequence[str], rows: int
) -> NDArray[np.uint64] | None:
    """Hash each row's cells in those columns that the files hold as text: (n,).

    Args:
        files: comma-separated files with a header, in the table's order.
        columns: the features; those that are not in the header are left out.
        rows: of the table.

    Returns:
        None where no column is text, or where the files' rows are not the table's: the table was
        read in another way, and its text cannot be laid beside it.
    """
    import polars as pl

    try:
        # All rows decide what is a number: the first thousand payloads may happen to be digits.
        schemas = [pl.scan_csv(file, infer_schema_length=None).collect_schema() for file in files]
        texts = {name for one in schemas for name, kind in one.items() if kind == pl.String}
        names = sorted(texts.intersection(columns))
        if not names:
            return None
        kinds = dict.fromkeys(names, pl.String)
        parts = [
            pl.scan_csv(file, schema_overrides=kinds).select(names).collect() for file in files
        ]
    except (pl.exceptions.PolarsError, OSError, ValueError):
        return None
    frame = pl.concat(parts)
    if frame.height != rows:
        return None
    hashes = np.zeros(rows, dtype=np.uint64)
    for name in names:
        cells = frame.get_column(name).fill_null("").hash(seed=0).to_numpy()
        hashes = combine(hashes, cells.view(np.int64))
    return hashes
