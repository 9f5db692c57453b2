"""How much of the processors that the work is pinned to went to others while it was measured.

Steady contention makes all windows of a measurement alike, and all measurements one after the other:
only the processors' own books show it. Source: Linux, proc_pid_stat(5) and proc_stat(5).
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")
BUSY = (1, 2, 3, 6, 7, 8)  # user, nice, system, irq, softirq, steal; guests are in user
SHARE = 0.10


@dataclass(frozen=True)
class Moment:
    """Seconds so far: by the clock, of these processors at work, and of this process's own work.

    `busy_s` is None where the system keeps no such books.
    """

    clock_s: float
    processors: frozenset[int]
    busy_s: float | None
    own_s: float


def moment() -> Moment:
    """Read the books of the processors that this process may use now."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    processors = frozenset(usable)
    return Moment(time.perf_counter(), processors, _busy_s(processors), _own_s())


def contended(since: Moment) -> str:
    """Say how much others used since then, of the same processors; empty for less than a tenth."""
    took = time.perf_counter() - since.clock_s
    busy_s, own_s = _busy_s(since.processors), _own_s() - since.own_s
    if busy_s is None or since.busy_s is None or took <= 0:
        return ""
    others_s = busy_s - since.busy_s - own_s
    count = len(since.processors)
    share = others_s / (took * count)
    if share <= SHARE:
        return ""
    which = "processor" if count == 1 else f"{count} processors"
    return (
        f"other work took {share:.0%} of the {which} that it was pinned to, {others_s:.1f} s beside "
        f"{own_s:.1f} s of its own"
    )


def _busy_s(processors: frozenset[int]) -> float | None:
    try:
        lines = [line.split() for line in STAT.read_text(encoding="ascii").splitlines()]
        names = {f"cpu{number}" for number in processors}
        ticks = [sum(int(line[i]) for i in BUSY) for line in lines if line and line[0] in names]
    except (OSError, ValueError, IndexError):
        return None
    if not ticks or len(ticks) < len(processors):
        return None
    return sum(ticks) / float(os.sysconf("SC_CLK_TCK"))


def _own_s() -> float:
    """Give the processor time of this process, of children that ended and of those that run."""
    import psutil

    own = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            own += sum(child.cpu_times()[:4])
    return own
