"""The protocol `frozen`: the split that a manifest lists, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from idsbench.errors import CellError
from idsbench.manifest import PARTS, read_manifest
from idsbench.split_values import NotedSplit
from idsbench.values import Rows
from idsbench.vectors import combine


class Frozen:
    """Gives each row the part that it has in a split manifest.

    Args:
        manifest: the file.
        split: the hash of its content that the plan saw.
    """

    def __init__(self, manifest: str | None = None, split: str | None = None) -> None:
        self.manifest = Path(manifest or "")
        self.known = split

    def split(self, rows: Rows, rng: np.random.Generator) -> NotedSplit:
        """Split the rows; nothing is random.

        Raises:
            CellError: the file is not a manifest or changed since it was planned, or the rows are
                not those that it lists.
        """
        manifest = read_manifest(self.manifest)
        if self.known is not None and manifest.name != self.known:
            raise CellError(
                f"{self.manifest}: changed since the run was planned, from split {self.known} to "
                f"{manifest.name}: run again"
            )
        codes = manifest.codes_of(combine(rows.vector, rows.attack.codes))
        train, valid, test = (np.flatnonzero(codes == number) for number in range(1, len(PARTS)))
        notes = (
            f"the split was made by {manifest.about['protocol']}, seed {manifest.seed}",
            *manifest.notes,
        )
        return NotedSplit(train, valid, test, notes)
