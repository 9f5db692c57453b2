"""What every sampler needs to know of the classes before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEEDS = 2**31 - 1


def class_counts(sampler: str, y: NDArray[np.int16]) -> dict[int, int]:
    """Rows of each class in y (n,), by rising class code.

    Raises:
        CellError: there are fewer than two classes.
    """
    labels, counts = np.unique(y, return_counts=True)
    if len(labels) < 2:
        found = f"only class {labels[0]}" if len(labels) else "no rows"
        raise CellError(
            f"{sampler} needs rows of two classes and is given {found}: "
            "use another split, more data or sampler none"
        )
    return {int(label): int(count) for label, count in zip(labels, counts, strict=True)}


def require_neighbours(sampler: str, k: int, counts: Mapping[int, int]) -> None:
    """Check that each class in `counts` has more than `k` rows, as SMOTE needs.

    Raises:
        CellError: a class has too few; names the largest `k` that would do.
    """
    label, count = min(counts.items(), key=lambda item: item[1])
    if count > k:
        return
    advice = f"use {sampler}[k={count - 1}] or more data" if count > 1 else "use more data"
    raise CellError(
        f"{sampler} needs more than {k} rows of class {label} and is given {count}: {advice}"
    )


def draw_seed(rng: np.random.Generator) -> int:
    """One whole number for libraries that seed the older random generator."""
    return int(rng.integers(SEEDS))
