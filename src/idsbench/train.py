"""A training: the part of a cell that does not depend on the target."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.components import FeaturizerChain, build, generator
from idsbench.contracts import Model
from idsbench.energy import Reading, metered
from idsbench.errors import CellError
from idsbench.rowstore import META, Part, open_part, write_json
from idsbench.solo import stood_s
from idsbench.timing import usable_processors
from idsbench.values import Batch, Fit
from idsbench.vectors import row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "model"


def train(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Fit one model on prepared rows and write it, with what it was given, into `out`."""
    prepared = Path(job["prepared"])
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    rows, valid = open_part(prepared, "train"), open_part(prepared, "valid")
    kept = cap(rows.y, job["max_rows"], generator(job["seed"], "cap"))
    model: Model = build(job["model"])
    given = Batch(chain.layout(_taken(rows.x, kept)), np.asarray(_taken(rows.y, kept)))
    held_out = Batch(chain.layout(valid.x), np.asarray(valid.y))
    fit, reading, seconds = _fit(model, given, held_out, job)
    folder = out / MODEL
    folder.mkdir()
    model.save(folder)
    _save_received(out, rows, kept)
    synthetic = _taken(rows.synthetic, kept)
    meta = {
        "parameters": model.parameter_count(),
        "macs": model.macs(),
        "input_shape": list(given.x.shape[1:]),
        "size_bytes": sum(path.stat().st_size for path in _files(folder)),
        "weights_sha256": _digest(folder),
        "train_s": seconds,
        "train_threads": usable_processors(),
        "train_energy_j": reading.joules,
        "energy_detail": reading.detail,
        "energy_method": reading.method,
        "energy_reason": reading.reason,
        "history": [_finite(epoch) for epoch in fit.history],
        "assumed": dict(fit.assumed),
        "rows_train": len(given.y),
        "rows_train_synthetic": int(synthetic.sum()),
        "rows_train_offered": len(rows.y),
    }
    write_json(out / META, meta)
    return {"train_s": seconds}


def cap(
    y: NDArray[np.int16], most: int | None, rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """Choose at most `most` rows at random, keeping the class mix; None keeps all.

    Args:
        y: labels (n,).
        most: the model's parameter `max_rows`.
        rng: of the cell.

    Returns:
        Sorted indices, with at least one row of each class, or None for all rows.
    """
    if most is None or most >= len(y):
        return None
    labels, counts = np.unique(y, return_counts=True)
    chosen = [
        rng.choice(np.flatnonzero(y == label), size=size, replace=False)
        for label, size in zip(labels, _shares(counts, most), strict=True)
    ]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def _shares(counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Divide `most` rows over classes of these counts (k,), by largest remainders, at least one each."""
    exact = most * counts / counts.sum()
    shares: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    spare = most - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:spare]] += 1
    np.maximum(shares, 1, out=shares)
    while shares.sum() > most and shares.max() > 1:
        shares[np.argmax(shares)] -= 1
    return shares


def _taken(array: Any, index: NDArray[np.int64] | None) -> Any:
    return array if index is None else array[index]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(folder: Path) -> str:
    """Hash a saved model: equal for trainings that gave the same weights, so that they can be paired."""
    digest = hashlib.sha256()
    for path in _files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _finite(epoch: Mapping[str, float]) -> dict[str, float | None]:
    """Turn a loss that is no longer a number into None, which a record can hold."""
    numbers = {key: float(value) for key, value in epoch.items()}
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def _fit(
    model: Model, given: Batch, held_out: Batch, job: Mapping[str, Any]
) -> tuple[Fit, Reading, float]:
    progress_file = job.get("progress")

    def progress(state: Mapping[str, float]) -> None:
        if progress_file:
            write_json(Path(progress_file), _finite(state))

    with metered() as reading:
        started = time.monotonic()
        fit = model.fit(given, held_out, generator(job["seed"], "model"), progress)
        ended = time.monotonic()
    if not isinstance(fit, Fit):
        raise CellError(f"the model's fit gave {type(fit).__name__}, not idsbench.values.Fit")
    return fit, reading, ended - started - stood_s(job, started, ended)


def _save_received(out: Path, rows: Part, kept: NDArray[np.int64] | None) -> None:
    """Keep what `seen` and `leaked_rows` need: the real vectors received, and rows used as parents."""
    synthetic = np.asarray(_taken(rows.synthetic, kept))
    base, neighbour = _taken(rows.base, kept), _taken(rows.neighbour, kept)
    real = ~synthetic
    x = _taken(rows.x, kept)
    np.savez(
        out / "received.npz",
        allow_pickle=False,
        vectors=np.unique(row_hashes(x if real.all() else x[real])),
        rows=np.unique(base[real]),
        parents=np.unique(np.concatenate([base[synthetic], neighbour[synthetic]])),
    )
