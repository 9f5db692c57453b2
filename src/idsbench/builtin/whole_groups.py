"""Puts whole groups of rows into parts, with each part's class mix as even as that allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 10  # groups of mixed labels that are worth a stratum of their own


def assign(
    counts: NDArray[np.int64],
    shares: Sequence[float],
    rng: np.random.Generator,
    turn: bool = False,
) -> NDArray[np.int64]:
    """Choose a part for each group.

    Groups are dealt by the class that most of their rows have; those of mixed labels by
    themselves where there are enough. Then every class with enough groups is brought into every
    part: into the last part first, then the one before it, and so on. A class in one group is in
    the last part.

    Args:
        counts: (g, k) rows of each class in each group.
        shares: of the rows, for each part; they sum to 1.
        rng: decides which group goes where.
        turn: start each class at a part of its own, for parts of equal rank (folds).

    Returns:
        (g,) part numbers.
    """
    part = np.zeros(len(counts), dtype=np.int64)
    sizes, edges = counts.sum(axis=1), np.cumsum(shares)[:-1]
    for members in _strata(counts):
        order = rng.permutation(members)
        ends = np.cumsum(sizes[order])
        middle = (ends - sizes[order] / 2) / ends[-1]
        part[order] = np.searchsorted(edges, (middle + turn * rng.random()) % 1.0, side="right")
    for label in np.argsort(-(counts > 0).sum(axis=0), kind="stable"):
        _cover(part, counts[:, label], shares)
    return part


def tally(
    group: NDArray[np.integer], label: NDArray[np.integer], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count rows per group and class.

    Args:
        group: (n,) codes.
        label: (n,) class codes below `classes`.
        classes: k.

    Returns:
        (n,) each row's group as a number from 0, and counts (g, k).

    >>> place, counts = tally(np.array([7, 3, 7]), np.array([0, 1, 1]), 2)
    >>> place.tolist(), counts.tolist()
    ([1, 0, 1], [[0, 1], [1, 1]])
    """
    codes, place = np.unique(group, return_inverse=True)
    flat = np.bincount(place * classes + label, minlength=len(codes) * classes)
    return place, flat.reshape(len(codes), classes)


def _strata(counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Give the groups (indices) of each stratum: by most frequent class, and pure or mixed."""
    stratum = counts.argmax(axis=1) * 2
    mixed = (counts > 0).sum(axis=1) > 1
    for label in np.unique(stratum[mixed]):
        own = mixed & (stratum == label)
        if own.sum() >= FEWEST:
            stratum[own] += 1
    return [np.flatnonzero(stratum == one) for one in np.unique(stratum)]


def _cover(part: NDArray[np.int64], rows: NDArray[np.int64], shares: Sequence[float]) -> None:
    """Move groups of one class, rows (g,), until it is in every part, or in the last ones."""
    members = np.flatnonzero(rows)
    wanted = range(len(shares) - 1, max(-1, len(shares) - 1 - len(members)), -1)
    for number in wanted:
        if (part[members] == number).any():
            continue
        held = np.bincount(part[members], minlength=len(shares))
        spare = [one for one in members if held[part[one]] > 1 or part[one] not in wanted]
        if spare:
            aim = shares[number] * rows.sum()
            part[min(spare, key=lambda one: abs(int(rows[one]) - aim))] = number
