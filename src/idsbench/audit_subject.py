"""What an audit looks at: a table, the columns kept out of it, where its rows come from, a split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_roles import Roles, roles_of
from idsbench.values import Card, Labels, Split, Table
from idsbench.vectors import row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Subject:
    """The table that a run would use, with what surrounds it.

    Args:
        table: n rows with the columns that are features.
        wide: the same rows with every column that the layout has; `table` where there are no more.
        card: the dataset's; None where the audit is given bare rows.
        split: the protocol's parts; None where the protocol refuses these data.
        file: int64 (n,), the number of the file of each row; None where all are from one.
        text: uint64 (n,), the hash of what the file holds as text where the feature holds less (a
            payload's length); None where nothing is lost.
        fit_on, balance: what the protocol lets fitting and resampling see: "train" or "table".
    """

    table: Table
    wide: Table
    card: Card | None = None
    split: Split | None = None
    file: NDArray[np.int64] | None = None
    text: NDArray[np.uint64] | None = None
    fit_on: str = "train"
    balance: str = "train"

    @property
    def binary(self) -> NDArray[np.int16]:
        """0 benign, 1 attack: (n,)."""
        return self.table.labels["binary"].codes

    @property
    def finest(self) -> Labels:
        """The finest labels."""
        return self.table.attack

    @cached_property
    def vector(self) -> NDArray[np.uint64]:
        """The hash of each row's features: (n,)."""
        return row_hashes(np.asarray(self.table.x))

    @cached_property
    def roles(self) -> Roles:
        """The roles of all columns of `wide`."""
        return roles_of(self.card, self.wide.columns)

    def is_feature(self, column: str) -> bool:
        """Whether a model is given this column."""
        return column in self.table.columns

    def wide_column(self, column: str) -> NDArray[np.float32]:
        """Give one column of all that the layout has: (n,)."""
        return np.ascontiguousarray(self.wide.x[:, self.wide.columns.index(column)])
