"""Two tables become one in the canonical flow schema that both cards map to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.contract_checks import check_table
from idsbench.errors import CellSkipped
from idsbench.rowstore import open_table, save_table
from idsbench.split_values import TRAINED_ON
from idsbench.values import Labels, Note, Table
from idsbench.vectors import combine, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mapped = tuple[tuple[str, float], tuple[str, float]]
"""A column and its factor, in the first and in the second table."""


def join(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Join the table to train on and the table to test on into `out`, in this order.

    Raises:
        CellSkipped: the tables have no canonical column in common.
    """
    first, second = (open_table(Path(folder)) for folder in job["tables"])
    table = joined(first, second, job["flow"], job["names"])
    check_table(table)
    save_table(out, table, combine(row_hashes(table.x), table.attack.codes))
    np.save(out / TRAINED_ON, np.arange(len(table.x)) < len(first.x))
    return {"rows": len(table.x), "columns": len(table.columns)}


def joined(
    first: Table, second: Table, flow: Mapping[str, Mapped], names: tuple[str, str]
) -> Table:
    """Stack two tables: the binary task, finest attacks kept apart by the dataset's name.

    Args:
        first, second: n and m rows.
        flow: canonical name -> its columns and factors in both.
        names: of the datasets.

    Raises:
        CellSkipped: they have no canonical flow column in common.
    """
    pair = (first, second)
    shared = _shared(pair, flow, names)
    x = np.concatenate(
        [
            _canonical(table, [columns[at] for columns in shared.values()])
            for at, table in enumerate(pair)
        ]
    )
    binary = np.concatenate([table.labels["binary"].codes for table in pair])
    return Table(
        x=x,
        columns=tuple(shared),
        labels={"binary": Labels(binary, first.labels["binary"].classes)},
        attack=_attacks(pair, names),
        group=_groups(first, second),
        group_name=second.group_name,
        notes=(
            Note(f"rows of {names[0]}, to train on", len(first.x)),
            Note(f"rows of {names[1]}, to test on", len(second.x)),
            *first.notes,
            *second.notes,
        ),
        flags=tuple(dict.fromkeys((*first.flags, *second.flags))),
    )


def _shared(
    pair: tuple[Table, Table], flow: Mapping[str, Mapped], names: tuple[str, str]
) -> dict[str, Mapped]:
    """Give the canonical columns that both tables have."""
    shared = {
        name: columns
        for name, columns in flow.items()
        if all(column in table.columns for table, (column, _) in zip(pair, columns, strict=True))
    }
    if not shared:
        raise CellSkipped(
            f"{names[0]} and {names[1]} have no canonical flow column in common in these layouts "
            "and columns"
        )
    return shared


def _canonical(table: Table, columns: list[tuple[str, float]]) -> NDArray[np.float32]:
    x = np.empty((len(table.x), len(columns)), dtype=np.float32)
    for at, (column, factor) in enumerate(columns):
        x[:, at] = table.x[:, table.columns.index(column)].astype(np.float64) * factor
    return x


def _attacks(pair: tuple[Table, Table], names: tuple[str, str]) -> Labels:
    """Keep the finest labels of both; code 0 stays benign."""
    classes = ["benign"]
    codes = []
    for table, name in zip(pair, names, strict=True):
        own = table.attack.codes.astype(np.int16)
        codes.append(np.where(own == 0, 0, own + len(classes) - 1).astype(np.int16))
        classes += [f"{name}: {attack}" for attack in table.attack.classes[1:]]
    return Labels(np.concatenate(codes), tuple(classes))


def _groups(first: Table, second: Table) -> NDArray[np.int64] | None:
    """Keep the tested table's groups; rows of the other that have none are each their own."""
    if second.group is None:
        return None
    one = np.arange(len(first.x)) if first.group is None else np.asarray(first.group)
    two = np.asarray(second.group)
    return np.concatenate([one, two - two.min() + one.max() + 1]).astype(np.int64)
