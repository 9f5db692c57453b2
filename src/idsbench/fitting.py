"""One call of a model's `fit`: timed, metered, with the place for its checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from idsbench.checkpoint import SHARED, Checkpoints
from idsbench.components import build, generator
from idsbench.contracts import Model, Progress
from idsbench.energy import Reading, metered
from idsbench.errors import CellError
from idsbench.meters import AUTO, PROCESSOR
from idsbench.solo import stood_s
from idsbench.timing import usable_processors
from idsbench.values import Batch, Fit


@dataclass(frozen=True)
class Fitted:
    """A model after `fit`, with what that took."""

    model: Model
    fit: Fit
    reading: Reading
    seconds: float
    checkpoints: Checkpoints


def fit_model(
    reference: Mapping[str, Any],
    batches: tuple[Batch, Batch],
    job: Mapping[str, Any],
    progress: Progress,
    checkpoints: Checkpoints,
) -> Fitted:
    """Build a model and fit it on (training, validation) rows, under a clock and a meter.

    Raises:
        CellError: `fit` gave something else than it must.
    """
    model: Any = build(reference)
    rng = generator(job["seed"], "model")
    keeping = (checkpoints,) if job.get("resumes") else ()
    costs: dict[float, dict[str, float]] = {}
    device = reference["parameters"].get("device", PROCESSOR)
    with metered(job.get("meter", AUTO), device) as reading:
        started = time.monotonic()
        fit = model.fit(*batches, rng, _timed(progress, costs), *keeping)
        ended = time.monotonic()
    seconds = ended - started - stood_s(job, started, ended)
    if not isinstance(fit, Fit):
        raise CellError(f"the model's fit gave {type(fit).__name__}, not idsbench.values.Fit")
    history = tuple({**entry, **costs.get(entry.get("epoch", 0.0), {})} for entry in fit.history)
    fit = replace(fit, history=history)
    return Fitted(model, fit, reading, seconds + checkpoints.earlier_s, checkpoints)


def _timed(progress: Progress, costs: dict[float, dict[str, float]]) -> Progress:
    """Note, on the way, the seconds of each epoch whose speed the model tells while it learns.

    The first one's are those since `fit` was called, with what had to be built for it.
    """
    last = time.perf_counter()

    def tell(state: Mapping[str, float]) -> None:
        nonlocal last
        now = time.perf_counter()
        if "rows_per_s" in state and "epoch" in state:
            costs[state["epoch"]] = {"rows_per_s": state["rows_per_s"], "seconds": now - last}
        last = now
        progress(state)

    return tell


def checkpoints_of(
    job: Mapping[str, Any],
    folder: Path | None,
    reference: Mapping[str, Any],
    name: str = "training",
) -> Checkpoints:
    """Give the place for one training's states; none where the model keeps none, or must share it."""
    if not job.get("resumes"):
        return Checkpoints(None, "")
    owner = f"{name} of {reference} with {usable_processors()} processors"
    shared = bool(job.get("unfinished")) and folder is None
    file = None if folder is None else folder / f"{name}.npz"
    return Checkpoints(file, owner, note=SHARED if shared else "")
