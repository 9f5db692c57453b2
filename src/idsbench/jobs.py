"""What a worker runs: one stage of one job, its outcome written as a value.

Here, in the loading of plugins, in asking a target while planning and in a trial of a tuning there
is a broad `except`: whatever a component does, the job ends with a reason.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idsbench import cache, deploy, join, measure, prepare, train
from idsbench.errors import CellSkipped
from idsbench.failure import failure
from idsbench.loading import RESULT
from idsbench.rowstore import read_json, write_json
from idsbench.timing import keep_on

STAGES: Mapping[str, Callable[[Mapping[str, Any], Path], dict[str, Any]]] = {
    "load": prepare.load,
    "join": join.join,
    "prepare": prepare.prepare,
    "train": train.train,
    "deploy": deploy.deploy,
    "measure": measure.measure,
}


def run_job(path: Path) -> int:
    """Run the job described in a JSON file; give the process's exit code."""
    job = read_json(path)
    if job.get("processors"):
        keep_on(job["processors"])
    if job["stage"] == "footprint":
        # A new program in the same process: nothing that the server preloaded is left in it.
        os.execv(sys.executable, [sys.executable, "-m", "idsbench.footprint", str(path)])
    partial = path.parent / f".{RESULT}.tmp"
    write_json(partial, outcome(job))
    partial.replace(path.parent / RESULT)
    return 0


def outcome(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run a stage into its cache entry and tell how it went."""
    warnings.simplefilter("default")
    try:
        with cache.making(Path(job["out"])) as staging:
            value = STAGES[job["stage"]](job, staging)
        return {"outcome": "ok", "value": value}
    except CellSkipped as error:
        return {"outcome": "skipped", "reason": str(error)}
    except ModuleNotFoundError as error:
        return {**failure(error), "outcome": "not-installed", "module": error.name}
    except MemoryError as error:
        # A model may know better what to do, such as which batch to try.
        reason = " ".join(str(error).split())[:500] or "the process ran out of memory"
        return {**failure(error), "outcome": "oom", "reason": reason}
    except Exception as error:  # a component may raise anything; its cell fails, not the run
        return failure(error)
