"""Which step may start now. Pure: the runner asks, starts, and tells what ended.

Latency is measured alone on the machine. A measurement scores its rows beside other work, and then
waits as `ready`; it is timed, as `alone`, only when nothing else runs, and nothing starts beside it.
With one job at a time that is at once; with more, measurements are collected and timed in batches,
so that the other processors do not wait often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from idsbench.steps import Step

BATCH = 8  # measurements collected per job before other work pauses


def startable(
    waiting: Mapping[str, Step], running: Mapping[str, str], jobs: int
) -> tuple[list[Step], str]:
    """Choose the steps to start now, and the measurement to time now.

    Args:
        waiting: steps whose needs may or may not be met, in order of preference.
        running: stage by id of the steps that run now; `ready` and `alone` as above.
        jobs: how many prepare, train and score at once.

    Returns:
        Steps to start, and the id of a ready step to time, or "". One of both is empty.
    """
    stages = list(running.values())
    if "alone" in stages:
        return [], ""
    undone = set(waiting) | set(running)
    work = [step for step in waiting.values() if undone.isdisjoint(step.needs)]
    footprints = [step for step in work if step.stage == "footprint"]
    work = [step for step in work if step.stage != "footprint"]
    ready = [name for name, stage in running.items() if stage == "ready"]
    busy = sum(stage not in ("footprint", "ready") for stage in stages)
    enough = jobs == 1 or len(ready) >= BATCH * jobs or not (work or busy)
    if ready and enough:
        return [], ready[0] if len(ready) == len(stages) else ""
    chosen = work[: max(0, jobs - busy)]
    if footprints and "footprint" not in stages:
        chosen = [*chosen, footprints[0]]
    return chosen, ""


def least_used(
    processors: Sequence[int], taken: Iterable[Sequence[int]], threads: int
) -> tuple[int, ...]:
    """Choose `threads` of the processors, those that the fewest running jobs are kept on."""
    uses = Counter(processor for job in taken for processor in job)
    return tuple(sorted(sorted(processors, key=lambda one: uses[one])[:threads]))
