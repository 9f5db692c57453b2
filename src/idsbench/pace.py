"""How fast the machine runs now: a fixed piece of work, compared with the fastest it ever ran here.

Windows of one measurement agree even where the whole machine has slowed down, because a neighbour
took its processor or it grew hot. So each measurement notes its pace in the cache, and says where
an earlier one was faster; the one before would not do, for it may have been as slow.
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
KEPT = 50  # a machine that was made slower for good is told for so many measurements


def pace_us(seconds: float = 0.5) -> float:
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
    """Say how much slower this pace is than the fastest noted of this machine, and note it.

    Args:
        root: the cache folder, which may be shared by several machines.
        now_us: as `pace_us` gave it.

    Returns:
        Empty where it is within a tenth, or there is no other.
    """
    file = root / FOLDER / f"{platform.node() or 'machine'}.json"
    before = _noted(file)
    _note(file, [*before, now_us][-KEPT:])
    if not before or now_us / min(before) - 1 <= CHANGED:
        return ""
    share = now_us / min(before) - 1
    return (
        f"the machine ran {share:.0%} slower than at its fastest of the last "
        f"{len(before) + 1} measurements"
    )


def _noted(file: Path) -> list[float]:
    try:
        paces = [float(pace) for pace in json.loads(file.read_text(encoding="utf-8"))["paces_us"]]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    return [pace for pace in paces if pace > 0]


def _note(file: Path, paces: list[float]) -> None:
    with contextlib.suppress(OSError):  # a full disk is told where it matters
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{os.getpid()}.tmp")
        partial.write_text(json.dumps({"paces_us": paces}), encoding="utf-8")
        partial.replace(file)
