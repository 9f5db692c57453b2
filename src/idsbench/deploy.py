"""A deployment: what a target makes of a training, with the native decisions to compare it with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.components import FeaturizerChain, build, generator
from idsbench.contracts import Model, Scorer, Target
from idsbench.errors import CellError
from idsbench.loading import DEPLOYING, FIRST_ROW, LOADING, limited
from idsbench.rowstore import META, Part, open_part, write_json
from idsbench.train import MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARTIFACT, NATIVE = "artifact", "native.npy"
CALIBRATION_ROWS = 512
LEAST_OF_A_SIDE = 64


def deploy(job: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Write a target's artifact of one training into `out`, and the native scores of all test rows."""
    prepared = Path(job["prepared"])
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    target = target_of(job)
    model: Model = build(job["model"])
    model.restore(Path(job["training"]) / MODEL, 1)
    train, test = open_part(prepared, "train"), open_part(prepared, "test")
    chosen = calibration_rows(train, job["seed"])
    rows = np.array(train.x[chosen])
    folder = out / ARTIFACT
    folder.mkdir()
    began = time.perf_counter()
    with limited(job, DEPLOYING):
        target.deploy(model, folder, chain.layout(rows))
    seconds = time.perf_counter() - began
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if not size:
        raise CellError(f"the target {type(target).__name__} wrote no artifact")
    np.save(out / NATIVE, np.asarray(model.scores(chain.layout(test.x)), dtype=np.float64))
    attacks = int((train.y[chosen] != 0).sum())
    offered = {"benign": len(chosen) - attacks, "attack": attacks}
    about = {"artifact_bytes": size, "deploy_s": seconds, "calibration_rows": offered}
    write_json(out / META, about)
    return {}


def target_of(job: Mapping[str, Any]) -> Target:
    """Make a job's target, within its time."""
    with limited(job, LOADING):
        made: Target = build(job["target"])
    return made


def open_on(target: Target, job: Mapping[str, Any]) -> Scorer:
    """Load what a target runs: its artifact, or the training in the model's own framework.

    Raises:
        CellError: the target states no time that it may take.
    """
    with limited(job, LOADING, target):
        return _opened(target, job)


def score_first(
    target: Target, scorer: Scorer, x: NDArray[np.float32], job: Mapping[str, Any]
) -> None:
    """Score a row x (1, ...), within the target's time: some load what they need only then."""
    with limited(job, FIRST_ROW, target):
        scorer.scores(x)


def _opened(target: Target, job: Mapping[str, Any]) -> Scorer:
    if "deployment" in job:
        model = build(job["model"]) if job.get("framework") else None
        return target.open(model, Path(job["deployment"]) / ARTIFACT)
    return target.open(build(job["model"]), Path(job["training"]) / MODEL)


def calibration_rows(train: Part, seed: int) -> NDArray[np.int64]:
    """Choose captured training rows at random: a deployment is calibrated on what it will meet.

    Returns:
        At most 512 row numbers, rising; of benign rows and of attacks at least 64, or all.
    """
    rows = generator(seed, "calibration").permutation(np.flatnonzero(~train.synthetic))
    attack = train.y[rows] != 0
    place = np.empty(len(rows), dtype=np.int64)  # of each row among those of its side
    for side in (attack, ~attack):
        place[side] = np.arange(int(side.sum()))
    first = np.argsort(place >= LEAST_OF_A_SIDE, kind="stable")
    return np.sort(rows[first[:CALIBRATION_ROWS]])
