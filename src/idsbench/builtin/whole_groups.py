"""Puts whole groups of rows into parts, with each part's class mix as even as that allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 10  # groups of mixed labels that are worth a stratum of their own


def assign(
    counts: NDArray[np.int64], shares: Sequence[float], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose a part for each group.

    Groups are dealt by the class that most of their rows have; those of mixed labels by
    themselves where there are enough. Then every class with enough groups is brought into every
    part; one with fewer into the last part first, then into the one before it, unless all parts
    are of equal rank (folds).

    Args:
        counts: (g, k) rows of each class in each group.
        shares: of the rows, for each part; they sum to 1.
        rng: decides which group goes where.

    Returns:
        (g,) part numbers.
    """
    part = np.zeros(len(counts), dtype=np.int64)
    sizes, wanted = counts.sum(axis=1), np.asarray(shares)
    for members in _strata(counts):
        order = rng.permutation(members)
        part[order] = _deal(sizes[order], wanted, rng)
    for label in np.argsort(-(counts > 0).sum(axis=0), kind="stable"):
        _cover(part, counts[:, label], wanted)
    return part


def _deal(
    sizes: NDArray[np.int64], shares: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Deal groups of these sizes (g,) in their order; give the part of each (g,).

    Groups larger than a part come first, each to the part that lacks most: dealt later, they would
    leave the other parts nothing. The small ones are dealt halfway between what is still lacking
    and the shares themselves, so that no part knows a class from one large group alone.
    """
    part = np.empty(len(sizes), dtype=np.int64)
    lacking = shares * sizes.sum()
    large = sizes > lacking.min()
    for group in np.flatnonzero(large):
        part[group] = np.argmax(lacking + rng.random(len(shares)) * 1e-6)
        lacking[part[group]] -= sizes[group]
    small = sizes[~large]
    lacking = np.maximum(lacking, 0)
    edges = np.cumsum((lacking / max(lacking.sum(), 1e-9) + shares) / 2)[:-1]
    middle = (np.cumsum(small) - small / 2) / max(int(small.sum()), 1)
    part[~large] = np.searchsorted(edges, middle, side="right")
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


def _cover(part: NDArray[np.int64], rows: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    """Move groups of one class, rows (g,), until it is in every part, or in the last ones."""
    members, parts = np.flatnonzero(rows), len(shares)
    few = len(members) < parts
    if few and np.ptp(shares) == 0:
        return
    wanted = range(parts - 1, max(-1, parts - 1 - len(members)), -1)
    for number in wanted:
        if (part[members] == number).any():
            continue
        held = np.bincount(part[members], minlength=parts)
        spare = [one for one in members if held[part[one]] > 1 or part[one] not in wanted]
        if spare:
            aim = shares[number] * rows.sum()
            part[min(spare, key=lambda one: abs(int(rows[one]) - aim))] = number
