"""One call of a model's `fit`: timed, metered, with the place for its checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench.checkpoint import SHARED, Checkpoints
from idsbench.components import build, generator
from idsbench.contracts import Model, Progress
from idsbench.energy import Reading, metered
from idsbench.errors import CellError
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
    with metered() as reading:
        started = time.perf_counter()
        fit = model.fit(*batches, rng, progress, *keeping)
        seconds = time.perf_counter() - started
    if not isinstance(fit, Fit):
        raise CellError(f"the model's fit gave {type(fit).__name__}, not idsbench.values.Fit")
    return Fitted(model, fit, reading, seconds + checkpoints.earlier_s, checkpoints)


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
