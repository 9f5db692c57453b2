"""Peak memory of a fresh process that loads only the target's runtime and scores some rows.

Run as ``python -m idsbench.footprint JOB.json`` by a job that replaces itself with it, because a
process forked from a server that holds several frameworks would show them all.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from idsbench.components import FeaturizerChain, build
from idsbench.deploy import open_on
from idsbench.rowstore import open_part, read_json, write_json
from idsbench.solo import stood_s

ROWS = 64


def main(path: Path) -> int:
    """Load, score one row and then 64, and write `result.json` beside the job."""
    job = read_json(path)
    started = job["asked"]
    prepared = Path(job["prepared"])
    scorer = open_on(build(job["target"]), job)
    chain = FeaturizerChain(job["featurizers"])
    chain.restore(prepared)
    x = np.array(open_part(prepared, "test").x[:ROWS])
    scorer.scores(chain.layout(x[:1]))
    now = time.monotonic()  # one clock for all processes of the machine
    first = now - started - stood_s(job, started, now)
    scorer.scores(chain.layout(x))
    # A program of its own, or one on another machine, knows its memory; this process does not.
    peak = getattr(scorer, "peak_rss_mb", peak_rss_mb)
    result: dict[str, Any] = {"peak_rss_mb": peak(), "start_to_first_score_s": first}
    write_json(path.parent / "result.json", {"outcome": "ok", "value": result})
    return 0


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
