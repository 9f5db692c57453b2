"""Rows as 64-bit content hashes, and what equal rows say of a set of rows.

Two rows are the same vector when all their float32 values are equal; -0.0 equals 0.0. The hash is
for finding equal rows among millions, not for security: it is not cryptographic. Among n distinct
rows the chance of any collision is about n² / 3.7e19 (4e-6 for 12 million rows).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from idsbench.several import in_order

Whole = TypeVar("Whole", bound=np.integer)

CHUNK_ROWS = 16_384
"""Rows hashed at a time: their working arrays fit a second-level cache."""
PART_ROWS = 4 * CHUNK_ROWS
"""Rows that one thread hashes before it takes others."""

_STEP = 0x9E3779B97F4A7C15
_ODD_1 = np.uint64(0xBF58476D1CE4E5B9)
_ODD_2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1


def row_hashes(x: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Hash the content of each row: float32 (n, d) -> uint64 (n,).

    The hash depends on the values, their order and d only: not on the other rows, the memory
    layout or the size of chunks. Memory beyond the result is O(chunk). NaN hashes by its bits.

    Raises:
        ValueError: `x` is not a float32 array of two dimensions.

    >>> a = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    >>> h = row_hashes(a)
    >>> bool(h[0] == h[1]), bool(h[0] == h[2])
    (True, False)
    """
    if x.ndim != 2 or x.dtype != np.float32:
        raise ValueError(f"rows to hash must be float32 (n, d), not {x.dtype} {x.shape}")
    parts = in_order(range(0, len(x), PART_ROWS), lambda at: _hashed(x[at : at + PART_ROWS]))
    return np.concatenate([np.empty(0, dtype=np.uint64), *parts])


def _hashed(x: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Hash some rows in one thread."""
    rows, columns = x.shape
    hashes = np.full(rows, _column_step(columns), dtype=np.uint64)
    spare = np.empty(min(rows, CHUNK_ROWS), dtype=np.uint64)
    for start in range(0, rows, CHUNK_ROWS):
        # Adding 0.0 turns -0.0 into 0.0 and leaves every other value as it is.
        chunk = np.add(x[start : start + CHUNK_ROWS].T, np.float32(0.0), order="C")
        bits = chunk.view(np.uint32)
        part = hashes[start : start + CHUNK_ROWS]
        for column in range(columns):
            part ^= bits[column]
            part += _column_step(column + 1)
            _mix(part, spare[: len(part)])
    return hashes


def combine(hashes: NDArray[np.uint64], codes: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Mix a code per row, e.g. its label, into the row's hash: (n,), (n,) -> uint64 (n,).

    >>> h = np.array([7, 7], dtype=np.uint64)
    >>> a, b = combine(h, np.array([0, 1]))
    >>> bool(a == b)
    False
    """
    mixed = codes.astype(np.int64).view(np.uint64) + _column_step(1)
    spare = np.empty_like(mixed)
    _mix(mixed, spare)
    mixed ^= hashes
    _mix(mixed, spare)
    return mixed


def is_member(queries: NDArray[np.uint64], pool: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each query hash (n,) is among the hashes of `pool` (m,): bool (n,).

    >>> is_member(np.array([3, 4], dtype=np.uint64), np.array([4, 5], dtype=np.uint64)).tolist()
    [False, True]
    """
    if not len(pool):
        return np.zeros(len(queries), dtype=np.bool_)
    # Sorting only the pool is several times faster than numpy's own isin, which sorts both.
    ordered = np.sort(pool)
    place = np.searchsorted(ordered, queries)
    place[place == len(ordered)] = 0
    found: NDArray[np.bool_] = ordered[place] == queries
    return found


def ceiling(vector: NDArray[np.uint64], label: NDArray[np.integer]) -> float | None:
    """Give the best accuracy that any rule on these vectors can reach, as a fraction.

    (1/n) times the sum, over distinct vectors, of the count of their most frequent label.
    `vector` and `label` are (n,). None without rows.

    >>> ceiling(np.array([1, 1, 1, 2], dtype=np.uint64), np.array([0, 0, 1, 1]))
    0.75
    """
    if not len(vector):
        return None
    order = np.lexsort((label, vector))
    vectors, labels = vector[order], label[order]
    new_vector = np.r_[True, vectors[1:] != vectors[:-1]]
    new_pair = new_vector | np.r_[True, labels[1:] != labels[:-1]]
    pair_start = np.flatnonzero(new_pair)
    pair_count = np.diff(np.r_[pair_start, len(vectors)])
    most_frequent = np.maximum.reduceat(pair_count, np.flatnonzero(new_vector[pair_start]))
    return float(most_frequent.sum() / len(vectors))


def distinct_share(vector: NDArray[np.uint64]) -> float | None:
    """Give distinct vectors / rows, as a fraction; None without rows.

    Near 1 it makes `ceiling` vacuous: hardly any row has an equal.

    >>> distinct_share(np.array([1, 1, 1, 2], dtype=np.uint64))
    0.5
    """
    return float(len(distinct(vector)) / len(vector)) if len(vector) else None


def distinct(values: NDArray[Whole]) -> NDArray[Whole]:
    """Give the distinct whole numbers among `values`, (n,), in rising order.

    `np.unique` looks each up in a hash table, which for half a million takes 15 times as long.

    >>> distinct(np.array([3, 1, 3]))
    array([1, 3])
    """
    values = np.sort(values)
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    return values[first]


def _column_step(column: int) -> np.uint64:
    return np.uint64((_STEP * (column + 1)) & _MASK)


def _mix(value: NDArray[np.uint64], spare: NDArray[np.uint64]) -> None:
    """Scramble each number in place, one to one (the finaliser of splitmix64)."""
    np.right_shift(value, np.uint64(30), out=spare)
    value ^= spare
    value *= _ODD_1
    np.right_shift(value, np.uint64(27), out=spare)
    value ^= spare
    value *= _ODD_2
    np.right_shift(value, np.uint64(31), out=spare)
    value ^= spare
