"""What components give is refused where it breaks the contract, before anything is made of it."""

from __future__ import annotations

import numpy as np

from idsbench.errors import CellError
from idsbench.values import Resampled, Split, Table

PARTS = ("train", "valid", "test")


def check_table(table: Table) -> None:
    """Refuse a table that breaks the contract, before any model sees it.

    Raises:
        CellError: shapes that do not agree, values that are not finite, labels out of range.
    """
    n = len(table.x)
    if table.x.ndim != 2 or table.x.shape[1] != len(table.columns) or n == 0:
        raise CellError(
            f"the dataset gave x of shape {table.x.shape} for {len(table.columns)} columns"
        )
    if not all(np.isfinite(table.x[start : start + 65536]).all() for start in range(0, n, 65536)):
        raise CellError("the dataset gave values that are not finite")
    if "binary" not in table.labels:
        raise CellError("the dataset gave no binary labels")
    for name, labels in [*table.labels.items(), ("attack", table.attack)]:
        if len(labels.codes) != n:
            raise CellError(f"the dataset gave {len(labels.codes)} {name} labels for {n} rows")
        if labels.codes.min() < 0 or labels.codes.max() >= len(labels.classes):
            raise CellError(f"the dataset gave a {name} label outside its classes")
    for name, array in (("group", table.group), ("time", table.time)):
        if array is not None and len(array) != n:
            raise CellError(f"the dataset gave {len(array)} {name} values for {n} rows")


def check_split(split: Split, rows: int) -> None:
    """Refuse a split whose parts overlap, repeat, leave the table or are empty.

    Raises:
        CellError: with the part that is wrong.
    """
    seen = np.zeros(rows, dtype=np.int8)
    for name in PARTS:
        index = getattr(split, name)
        if len(index) == 0:
            raise CellError(f"the protocol left the {name} part empty")
        if index.min() < 0 or index.max() >= rows:
            raise CellError(f"the protocol's {name} part names rows that do not exist")
        np.add.at(seen, index, 1)
    if seen.max() > 1:
        raise CellError(f"the protocol put {int((seen > 1).sum())} rows on two sides of the split")


def check_resampled(made: Resampled, rows: int) -> None:
    """Refuse what a sampler may not give.

    Raises:
        CellError: arrays of unequal length, parents outside the rows it was given, NaN.
    """
    lengths = {len(made.x), len(made.y), len(made.base), len(made.neighbour), len(made.synthetic)}
    if len(lengths) != 1 or 0 in lengths:
        raise CellError(f"the sampler gave arrays of lengths {sorted(lengths)}")
    for parents in (made.base, made.neighbour):
        if parents.min() < 0 or parents.max() >= rows:
            raise CellError("the sampler named parents outside the rows it was given")
    if not np.isfinite(made.x).all():
        raise CellError("the sampler gave values that are not finite")
