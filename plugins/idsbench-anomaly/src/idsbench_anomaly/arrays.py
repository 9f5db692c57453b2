"""What both detectors do to rows and files: bounds, pieces, plain arrays on disk, threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "model.npz"
BOUND = 1e6  # of an input: its square, summed over columns, stays a float32
PIECE_ROWS = 4_096


def bounded(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows with every value cut to at most a million either way, float32."""
    return np.clip(np.asarray(x, dtype=np.float32), -BOUND, BOUND)


def in_pieces(
    error: Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]], x: NDArray[np.float32]
) -> NDArray[np.float64]:
    """error of rows (n, d), a few thousand at a time, so that layers need little memory: (n, ...)."""
    pieces = [error(bounded(x[i : i + PIECE_ROWS])) for i in range(0, max(len(x), 1), PIECE_ROWS)]
    return np.concatenate(pieces).astype(np.float64)


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write one file of plain arrays into `folder`."""
    np.savez(folder / FILE, allow_pickle=False, **arrays)


def read_arrays(folder: Path, threads: int) -> dict[str, NDArray[Any]]:
    """Give back what `write_arrays` wrote, and hold BLAS to `threads` threads from here on."""
    threadpool_limits(limits=threads)
    with np.load(folder / FILE, allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files}


def uniform(rng: np.random.Generator, inputs: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Weights to start from: even between -1 and 1 over the square root of the inputs of a unit."""
    reach = 1.0 / np.sqrt(inputs)
    return rng.uniform(-reach, reach, shape).astype(np.float32)
