"""Stratified random split, 70 % training, 15 % validation, 15 % test (paper M, section split)."""

from __future__ import annotations

import numpy as np

from idsbench.errors import CellError
from idsbench.values import Rows, Split

SHARES = (0.70, 0.15)
FEWEST = 3  # rows of a class, one for each part


class StratifiedSplit:
    """Each class is shuffled and cut by itself, so every part has the table's class mix."""

    def split(self, rows: Rows, rng: np.random.Generator) -> Split:
        """Split all rows.

        Raises:
            CellError: a class has fewer rows than there are parts.
        """
        parts: tuple[list[np.ndarray], ...] = ([], [], [])
        for label in np.unique(rows.y):
            members = rng.permutation(np.flatnonzero(rows.y == label))
            if len(members) < FEWEST:
                raise CellError(
                    f"class {label} has {len(members)} rows: each of the three parts needs one"
                )
            for part, piece in zip(parts, np.split(members, _cuts(len(members))), strict=True):
                part.append(piece)
        train, valid, test = (np.sort(np.concatenate(part)).astype(np.int64) for part in parts)
        return Split(train, valid, test)


def _cuts(n: int) -> list[int]:
    """Give where n shuffled rows are cut; every part gets at least one."""
    valid = max(1, round(n * SHARES[1]))
    test = max(1, round(n * (1 - sum(SHARES))))
    return [n - valid - test, n - test]
