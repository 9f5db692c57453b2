"""Which step may start now. Pure: the runner asks, starts, and tells what ended.

Latency is measured alone on the machine. A measurement scores its rows beside other work, and then
waits as `ready` to be timed, as `alone`: the runner stops the other jobs for that time, and nothing
starts beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from idsbench.steps import Step


def startable(
    waiting: Mapping[str, Step], running: Mapping[str, str], jobs: int, quiet: bool = True
) -> tuple[list[Step], str]:
    """Choose the steps to start now, and the measurement to time now.

    Args:
        waiting: steps whose needs may or may not be met, in order of preference.
        running: stage by id of the steps that run now; `ready` and `alone` as above.
        jobs: how many prepare, train and score at once.
        quiet: whether the machine can be had alone now; if not, other work goes on.

    Returns:
        Steps to start, and the id of a ready step to time, or "". One of both is empty.
    """
    stages = list(running.values())
    if "alone" in stages:
        return [], ""
    ready = [name for name, stage in running.items() if stage == "ready"]
    if ready and quiet:
        return [], ready[0]
    undone = set(waiting) | set(running)
    work = [step for step in waiting.values() if undone.isdisjoint(step.needs)]
    footprints = [step for step in work if step.stage == "footprint"]
    work = [step for step in work if step.stage != "footprint"]
    busy = sum(stage not in ("footprint", "ready") for stage in stages)
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
