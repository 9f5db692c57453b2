"""What a job is told besides its step: where to say how far it is, when it was asked, its meter."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from idsbench.loading import watched_in
from idsbench.progress import FILE as PROGRESS
from idsbench.solo import make_gate, pauses_of
from idsbench.steps import Step


def payload_of(step: Step, folder: Path, meter: str) -> dict[str, Any]:
    """Give a job's JSON.

    Args:
        step: what is to be done.
        folder: the job's own.
        meter: of energy, as `--meter` names it.
    """
    payload = {**step.payload, **pauses_of(folder)}
    if step.stage in ("train", "measure"):
        payload["meter"] = meter
    if step.stage == "train":
        payload["progress"] = str(folder / PROGRESS)
    if step.stage in ("deploy", "measure", "footprint"):
        payload |= watched_in(folder)
    if step.stage == "footprint":
        payload["asked"] = time.monotonic()
    if step.stage == "measure":
        payload |= {"out": str(folder / "made"), **make_gate(folder)}
    return payload
