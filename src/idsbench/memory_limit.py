"""The memory that a target may use, its parameter `memory_mb`: how it is held, and what breaks it.

It is held on the fresh process that loads the target's runtime and scores (`footprint`), because
that is what a device would hold; the process that computes metrics has all test rows besides. Where
the memory controller of cgroup v2 can be used, the kernel holds it. Elsewhere the runner looks at
the resident memory ten times a second, and at the peak when the process has ended.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from idsbench.confine import BEGAN, BY_KERNEL, BY_RUNNER, PARAMETER, limit_mb
from idsbench.limits import group_rss_mb
from idsbench.outcomes import Done, Running
from idsbench.steps import Step

VERDICT = "target-memory"
MOUNTS, OWN_GROUP = Path("/proc/self/mounts"), Path("/proc/self/cgroup")


def make_group(step: Step) -> Path | None:
    """Make a control group with a step's limit; None without one, or where the kernel gives none."""
    limit, parent = _limit_of(step), _parent_group()
    if limit is None or parent is None:
        return None
    group = parent / f"idsbench-{os.getpid()}-{step.id[-40:]}"
    try:
        group.mkdir()
        (group / "memory.max").write_text(str(int(limit * 1e6)), encoding="ascii")
        with contextlib.suppress(OSError):  # a kernel without swap accounting has no such file
            (group / "memory.swap.max").write_text("0", encoding="ascii")
    except OSError:
        remove_group(group)
        return None
    return group


def remove_group(group: Path | None) -> None:
    """Remove a group whose processes have ended."""
    if group is not None:
        with contextlib.suppress(OSError):
            group.rmdir()


def breaks(running: Running, pid: int) -> bool:
    """Whether a process under a limit uses more now; before it is a program of its own it may.

    What it uses is noted in `running`, for the reason.
    """
    limit = _limit_of(running.step)
    if limit is None or not (running.folder / BEGAN).exists():
        return False
    used = group_rss_mb(pid)
    if used > limit:
        running.used_mb = used
    return used > limit


def settled(running: Running, done: Done) -> Done:
    """Give the outcome of a job that may be under a limit: `oom` where it used more.

    Args:
        running: the job; its control group is removed.
        done: how it ended, whatever its limit.
    """
    try:
        return _settled(running, done)
    finally:
        remove_group(running.group)


def _settled(running: Running, done: Done) -> Done:
    limit = _limit_of(running.step)
    if limit is None:
        return done
    used = done.value.get("peak_rss_mb")
    if used is None or used <= limit:
        if running.verdict != VERDICT and not _killed_in(running.group):
            return done
        used = running.used_mb
    reason = (
        "a process that loads the target's runtime and scores used "
        f"{'' if used is None else f'{used:.1f} MB, '}more than the {PARAMETER}={limit:g} allowed"
    )
    held = done.value.get("memory_held_by") or (BY_KERNEL if running.group else BY_RUNNER)
    details = {"limits": {PARAMETER: limit, "memory_held_by": held}}
    return Done("oom", reason, seconds=done.seconds, details=details)


def _limit_of(step: Step) -> float | None:
    return limit_mb(step.payload) if step.stage == "footprint" else None


def _killed_in(group: Path | None) -> bool:
    """Whether the kernel ended a process of the group for its memory."""
    if group is None:
        return False
    try:
        lines = (group / "memory.events").read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    return any(line.startswith("oom_kill ") and line.split()[1] != "0" for line in lines)


def _parent_group() -> Path | None:
    """Give the group in which one can be made: a sibling of this process's own, or at the top."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
        own = OWN_GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    root = next((Path(words[1]) for words in mounts if words[2:3] == ["cgroup2"]), None)
    place = next((line[3:] for line in own if line.startswith("0::")), None)
    if root is None or place is None:
        return None
    parent = (root / place.lstrip("/")).parent if place != "/" else root
    try:
        controllers = (parent / "cgroup.subtree_control").read_text(encoding="ascii").split()
    except OSError:
        return None
    return parent if "memory" in controllers and os.access(parent, os.W_OK) else None
