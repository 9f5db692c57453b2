"""How fast the machine runs now: a fixed piece of work, compared with how it ran the last time.

Windows of one measurement agree even where the whole machine has slowed down, because a neighbour
took its processor or it grew hot. So each measurement notes its pace in the cache, and the next one
says when the two differ.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import time
from pathlib import Path

FOLDER = "pace"
WORK = 5_000
CHANGED = 0.10


def pace_us(seconds: float = 1.0) -> float:
    """Give the median duration of the fixed work, in microseconds, done over and over for a while."""
    times: list[int] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        before = time.perf_counter_ns()
        _work()
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1e3


def _work() -> int:
    total = 0
    for number in range(WORK):
        total = (total * 31 + number) & 0xFFFF
    return total


def compared(root: Path, now_us: float) -> str:
    """Say how the pace differs from the last one noted of this machine, and note this one.

    Args:
        root: the cache folder, which may be shared by several machines.
        now_us: as `pace_us` gave it.

    Returns:
        Empty where they agree within a tenth, or there is no other.
    """
    file = root / FOLDER / f"{platform.node() or 'machine'}.json"
    before = _last(file)
    _note(file, now_us)
    if before is None or abs(now_us / before - 1) <= CHANGED:
        return ""
    way = "slower" if now_us > before else "faster"
    share = max(now_us, before) / min(now_us, before) - 1
    return f"the machine ran {share:.0%} {way} than at the measurement before this one"


def _last(file: Path) -> float | None:
    try:
        before = float(json.loads(file.read_text(encoding="utf-8"))["pace_us"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return before if before > 0 else None


def _note(file: Path, now_us: float) -> None:
    with contextlib.suppress(OSError):  # a full disk is told where it matters
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps({"pace_us": now_us}), encoding="utf-8")
        partial.replace(file)
