"""Limits on one cell, and how much memory a job and all it started use."""

from __future__ import annotations

from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Limits:
    """None means no limit.

    Args:
        timeout_s: seconds for a training with its measurement, and for each shared step.
        memory_mb: resident memory (MB) of a job with all the processes that it started.
    """

    timeout_s: float | None = None
    memory_mb: float | None = None

    def sentence(self, verdict: str, stage: str) -> str:
        """Say which limit ended a stage."""
        if verdict == "machine-oom":
            return f"{stage}: the machine ran short of memory, and this was its largest job"
        if verdict == "timeout":
            return f"{stage}: not finished after the {self.timeout_s:g} s of --timeout"
        if self.memory_mb is None:
            return f"{stage}: used more memory than its target allows"
        return f"{stage}: used more than the {self.memory_mb:g} MB of --memory-limit"


def group_rss_mb(pid: int) -> float:
    """Sum the resident memory (MB) of a process and its descendants."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0
    for member in members:
        try:
            total += member.memory_info().rss
        except psutil.Error:
            continue
    return total / 1e6
