"""A training: the part of a cell that does not depend on the target."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.checkpoint import unfinished
from idsbench.components import FeaturizerChain, generator
from idsbench.energy import facts
from idsbench.fitting import Fitted, checkpoints_of, fit_model
from idsbench.meters import AUTO
from idsbench.rowstore import META, PART_ARRAYS, Part, open_part, write_json
from idsbench.timing import usable_processors
from idsbench.tune_training import tuned
from idsbench.values import Batch, Fit
from idsbench.vectors import distinct, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = "model"
RESUMED = "the training went on from a checkpoint: what it took before was not metered"


def train(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Fit one model on prepared rows and write it, with what it was given, into `out`."""
    prepared = Path(job["prepared"])
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    offered, valid = open_part(prepared, "train"), open_part(prepared, "valid")
    rows = _capped(offered, cap(offered.y, job["max_rows"], generator(job["seed"], "cap")))
    held_out = Batch(chain.layout(valid.x), np.asarray(valid.y))
    reference, tuning, progress = job["model"], None, _progress(job)
    with unfinished(_folder(job)) as folder:
        if job.get("tuning"):
            reference, tuning = tuned(job, (rows, held_out), chain, (folder, progress))
        given = Batch(chain.layout(rows.x), np.asarray(rows.y))
        fitted = fit_model(
            reference, (given, held_out), job, progress, checkpoints_of(job, folder, reference)
        )
        meta = _save(fitted, out, given)
        _save_received(out, rows)
    meta |= {
        "rows_train": len(rows.y),
        "rows_train_synthetic": int(rows.synthetic.sum()),
        "rows_train_offered": len(offered.y),
        "tuning": tuning,
        "meter": job.get("meter", AUTO),
    }
    write_json(out / META, meta)
    return {"train_s": meta["train_s"]}


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


def _capped(rows: Part, kept: NDArray[np.int64] | None) -> Part:
    if kept is None:
        return rows
    return Part(*(getattr(rows, name)[kept] for name in PART_ARRAYS))


def _folder(job: Mapping[str, Any]) -> Path | None:
    """Give the folder for states, if the model or the tuning keeps any."""
    keeps = job.get("resumes") or job.get("tuning")
    return Path(job["unfinished"]) if keeps and job.get("unfinished") else None


def _progress(job: Mapping[str, Any]) -> Callable[[Mapping[str, float]], None]:
    told = job.get("progress")

    def progress(state: Mapping[str, float]) -> None:
        if told:
            # Read while it is written: a reader finds the old text or the new one.
            partial = Path(f"{told}.tmp")
            write_json(partial, _finite(state))
            partial.replace(told)

    return progress


def _finite(epoch: Mapping[str, float]) -> dict[str, float | None]:
    """Turn a loss that is no longer a number into None, which a record can hold."""
    numbers = {key: float(value) for key, value in epoch.items()}
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def _save(fitted: Fitted, out: Path, given: Batch) -> dict[str, Any]:
    """Write a fitted model into `out` and give what is known of it."""
    folder = out / MODEL
    folder.mkdir()
    model, reading, kept = fitted.model, fitted.reading, fitted.checkpoints
    model.save(folder)
    return {
        "parameters": model.parameter_count(),
        "macs": model.macs(),
        "input_shape": list(given.x.shape[1:]),
        "size_bytes": sum(path.stat().st_size for path in _files(folder)),
        "weights_sha256": _digest(folder),
        "train_s": fitted.seconds,
        "train_threads": usable_processors(),
        "train_energy_j": None if kept.resumed else reading.joules,
        "energy": {**facts(reading), "joules_half": None if kept.resumed else reading.half},
        "energy_detail": reading.detail,
        "energy_method": reading.method,
        "energy_reason": RESUMED if kept.resumed else reading.reason,
        "history": _history(fitted.fit, kept.resumed),
        "assumed": dict(fitted.fit.assumed),
        **({"checkpoint": kept.note} if kept.note else {}),
    }


def _history(fit: Fit, resumed: int) -> list[dict[str, float | None]]:
    """Give the history; the first epoch after a checkpoint says from which it went on."""
    history = [_finite(epoch) for epoch in fit.history]
    for entry in history:
        if resumed and entry.get("epoch") == resumed + 1:
            entry["resumed_from_epoch"] = float(resumed)
    return history


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(folder: Path) -> str:
    """Hash a saved model: equal for trainings that gave the same weights, so that they can be paired."""
    digest = hashlib.sha256()
    for path in _files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _save_received(out: Path, rows: Part) -> None:
    """Keep what `seen` and `leaked_rows` need: the real vectors received, and rows used as parents."""
    synthetic = np.asarray(rows.synthetic)
    real = ~synthetic
    np.savez(
        out / "received.npz",
        allow_pickle=False,
        vectors=distinct(row_hashes(rows.x if real.all() else rows.x[real])),
        rows=distinct(rows.base[real]),
        parents=distinct(np.concatenate([rows.base[synthetic], rows.neighbour[synthetic]])),
    )
