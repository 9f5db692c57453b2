"""How a job's process ended -> the status of the cells that needed it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idsbench.errors import RunStopped
from idsbench.limits import Limits
from idsbench.places import without_places
from idsbench.progress import with_progress
from idsbench.rowstore import read_json
from idsbench.steps import Step
from idsbench.workers import Ended, signal_name


@dataclass
class Running:
    """A job under way. Times are of the monotonic clock; 0 means not yet.

    Args:
        started: when it was handed to a server; `begun`: when its process was there.
        ready: since when it waits to be timed; `alone`: that it is timed.
        paused: since when it stands still for another; `waited`: seconds of both that are over.
        processors: those that it is kept on; all if empty. `group`: its control group.
        verdict: the limit that it broke; `condemned`: when that was seen; `rung`: signals sent.
        used_mb: the memory that broke its target's limit; None where nobody looked.
    """

    step: Step
    folder: Path
    started: float
    verdict: str = ""
    begun: float = 0.0
    condemned: float = 0.0
    rung: int = 0
    ready: float = 0.0
    alone: bool = False
    paused: float = 0.0
    waited: float = 0.0
    processors: tuple[int, ...] = ()
    group: Path | None = None
    used_mb: float | None = None

    @property
    def stage(self) -> str:
        """The step's stage; of a measurement that was scored also `ready`, then `alone`."""
        if self.alone:
            return "alone"
        return "ready" if self.ready else self.step.stage

    def spent(self, now: float) -> float:
        """Seconds of its own, without those that it waited to be timed, or for another."""
        since = self.paused or (0.0 if self.alone else self.ready)
        waits = now - since if since else 0.0
        return now - (self.begun or self.started) - self.waited - waits

    def told(self) -> str:
        """What it does, and how far a training is."""
        what = self.step.what
        return with_progress(what, self.folder) if self.step.stage == "train" else what


@dataclass(frozen=True)
class Done:
    """How a step ended: `status` ok or that of the cells that need it."""

    status: str
    reason: str = ""
    value: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)


def outcome_of(running: Running, ended: Ended, seconds: float, limits: Limits) -> Done:
    """Turn the end of a process into the status of the cells that needed it.

    Raises:
        RunStopped: the job found the disk full; no cell is to blame.
    """
    stage = running.step.stage
    if running.verdict:
        status = running.verdict if running.verdict == "timeout" else "oom"
        return Done(status, limits.sentence(running.verdict, stage), seconds=seconds)
    if ended.server_lost:
        reason = f"{stage}: the worker's server process was lost ({_how(ended)})"
        return Done("crashed", reason, seconds=seconds, details={"signal": "server lost"})
    try:
        result = read_json(running.folder / "result.json")
    except (OSError, ValueError):
        return _without_result(running, ended, seconds)
    if result["outcome"] == "ok":
        value = {**result["value"], "out": str(running.folder / "made")}
        return Done("ok", "", value, seconds, {"load_average": list(os.getloadavg())})
    reason = result["reason"]
    if result.get("type") == "RunStopped":
        raise RunStopped(reason)
    reason = without_places(reason)
    if result.get("type") != "DataError" and result["outcome"] != "skipped":
        reason = f"{stage}: {reason}"
    details = {"error": {"stage": stage, "log": _tail(running.folder)}}
    return Done(result["outcome"], reason, seconds=seconds, details=details)


def _without_result(running: Running, ended: Ended, seconds: float) -> Done:
    details = {"error": {"stage": running.step.stage, "log": _tail(running.folder)}}
    if ended.signal:
        details["signal"] = signal_name(ended.signal)  # type: ignore[assignment]
    reason = f"{running.step.stage}: the process ended without a result ({_how(ended)})"
    return Done("crashed", reason, seconds=seconds, details=details)


def _how(ended: Ended) -> str:
    return signal_name(ended.signal) if ended.signal else f"exit code {ended.code}"


def _tail(folder: Path, most: int = 4000) -> str:
    """Give the end of what the job printed, for the record; it may be published."""
    try:
        with (folder / "log.txt").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4 * most))  # a job may print gigabytes
            data = log.read(4 * most)
    except OSError:
        return ""
    return without_places(data.decode("utf-8", "replace"))[-most:]
