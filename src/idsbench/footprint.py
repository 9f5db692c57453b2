"""Peak memory of a fresh process that loads only the target's runtime and scores some rows.

Run as ``python -m idsbench.footprint JOB.json`` by a job that replaces itself with it, because a
process forked from a server that holds several frameworks would show them all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from idsbench.components import FeaturizerChain
from idsbench.confine import begin, limit_mb
from idsbench.cost_checks import checked_peak
from idsbench.deploy import open_on, score_first, target_of
from idsbench.failure import failure
from idsbench.loading import RESULT
from idsbench.rowstore import open_part, read_json, write_json
from idsbench.solo import stood_s

ROWS = 64
OWN_PROGRAM = "what scores is a program of its own, whose start is not timed"


def main(path: Path) -> int:
    """Load, score one row and then 64, and write `result.json` beside the job."""
    job = read_json(path)
    try:
        result = {"outcome": "ok", "value": _measured(job, path.parent)}
    except Exception as error:  # a target may raise anything; only the memory figure is lost
        result = failure(error)
    write_json(path.parent / RESULT, result)
    return 0


def _measured(job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    started = job["asked"]
    target = target_of(job)
    held = begin(job, folder, getattr(target, "own_program", False))
    prepared = Path(job["prepared"])
    scorer = open_on(target, job)
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    x = np.array(open_part(prepared, "test").x[:ROWS])
    score_first(target, scorer, chain.layout(x[:1]), job)
    now = time.monotonic()  # one clock for all processes of the machine
    first, cpu = now - started - stood_s(job, started, now), time.process_time()
    scorer.scores(chain.layout(x))
    result: dict[str, Any] = {"start_up_s": first, "start_up_cpu_s": cpu}
    # A program of its own, or one on another machine, knows its memory; this process does not.
    if own := getattr(scorer, "peak_rss_mb", None):
        result = {"start_up_s": None, "start_up_reason": OWN_PROGRAM}
    result["peak_rss_mb"] = checked_peak(own(), job["on"]) if own else peak_rss_mb()
    if held:
        result |= {"memory_held_by": held, "memory_mb": limit_mb(job)}
    return result


def peak_rss_mb() -> float | None:
    """Give this process's peak resident memory in MB (10^6 bytes), since its program started."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
