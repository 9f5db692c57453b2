"""A process puts itself under its target's memory limit; `memory_limit` is the runner's side.

Little is imported here: this is part of the process whose memory is measured.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PARAMETER = "memory_mb"
BEGAN = "began"  # written by the process once it is a program of its own
BY_KERNEL = "cgroup v2, memory.max"
BY_RUNNER = "resident memory looked at ten times a second, and the peak at the end"
BY_PROGRAM = "the peak of the target's own program, looked at when it has ended"


def limit_mb(job: Mapping[str, Any]) -> float | None:
    """Give the limit (MB, 10^6 bytes) of the job's target; None where it has none."""
    found = job.get("target", {}).get("parameters", {}).get(PARAMETER)
    return None if found is None else float(found)


def begin(job: Mapping[str, Any], folder: Path, own_program: bool = False) -> str:
    """Put this process under its limit, before it loads anything; say how the limit is held.

    Args:
        job: the job.
        folder: its own.
        own_program: whether a program scores that is not this process: the limit is not this one's.
    """
    if limit_mb(job) is None:
        return ""
    if own_program:
        return BY_PROGRAM
    held = BY_RUNNER
    if job.get("group"):
        with contextlib.suppress(OSError):
            (Path(job["group"]) / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
            held = BY_KERNEL
    (folder / BEGAN).touch()
    return held
