"""Which training rows a trial of `--tune` learns from, and on which it is scored.

Both come from the training rows: validation rows stay for early stopping and thresholds, and test
rows are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellError
from idsbench.rowstore import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

HELD_OUT = 0.2


@dataclass(frozen=True)
class Held:
    """Indices of training rows.

    Args:
        learn: (l,) rows to learn from, resampled ones among them.
        score: (s,) captured rows to score on; none of them is a parent of one in `learn`.
        by: what was kept on one side: whole groups, or rows with equal features.
    """

    learn: NDArray[np.int64]
    score: NDArray[np.int64]
    by: str


def hold_out(rows: Part, keys: dict[str, NDArray[np.int64]], rng: np.random.Generator) -> Held:
    """Hold out a fifth of the captured rows, by the first key that leaves both kinds on both sides.

    Args:
        rows: the training rows (m,), resampled.
        keys: name -> codes (t,) of all table rows; rows with one code stay on one side, and so
            does what was made from them.
        rng: decides which.

    Raises:
        CellError: no key leaves benign rows and attacks on both sides.
    """
    for name, key in keys.items():
        base, neighbour = key[rows.base], key[rows.neighbour]
        real = np.flatnonzero(~rows.synthetic)
        held = _held_codes(base[real], np.asarray(rows.y)[real], rng)
        score = real[np.isin(base[real], held)]
        learn = np.flatnonzero(~np.isin(base, held) & ~np.isin(neighbour, held))
        if all(len(np.unique(rows.y[part] > 0)) == 2 for part in (learn, score)):
            return Held(learn, score, name)
    raise CellError(
        "the training rows cannot be divided for --tune with benign rows and attacks on both "
        "sides: use more data, or run without --tune"
    )


def _held_codes(
    key: NDArray[np.int64], y: NDArray[np.int16], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose codes of keys (n,) with about a fifth of each label's rows (n,)."""
    codes, place = np.unique(key, return_inverse=True)
    labels, label = np.unique(y, return_inverse=True)
    counts = np.bincount(place * len(labels) + label, minlength=len(codes) * len(labels))
    counts = counts.reshape(len(codes), len(labels))
    most = counts.argmax(axis=1)
    chosen = []
    for number in range(len(labels)):
        members = rng.permutation(np.flatnonzero(most == number))
        sizes = counts[members].sum(axis=1)
        aim = HELD_OUT * sizes.sum()
        fitting = members[sizes <= aim]
        sizes = counts[fitting].sum(axis=1)
        taken = fitting[np.cumsum(sizes) - sizes / 2 <= aim]
        if not len(taken) and len(members) > 1:
            taken = members[[np.argmin(counts[members].sum(axis=1))]]
        chosen.append(taken)
    return np.asarray(codes[np.concatenate(chosen)])
