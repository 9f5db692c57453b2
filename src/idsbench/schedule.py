"""Which step may start now. Pure: the runner asks, starts, and tells what ended.

Latency is measured alone on the machine, so a measurement starts only when nothing runs and nothing
starts beside it. With one job at a time a cell is measured right after its training; with more,
measurements are collected and done in batches, so that the other processors do not wait often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idsbench.steps import Step

BATCH = 8  # measurements collected per job before the trainings pause


def startable(waiting: Mapping[str, Step], running: Iterable[Step], jobs: int) -> list[Step]:
    """Choose the steps to start now.

    Args:
        waiting: steps whose needs may or may not be met, in order of preference.
        running: steps that run now.
        jobs: how many prepare and train at once.
    """
    stages = [step.stage for step in running]
    if "measure" in stages:
        return []
    undone = set(waiting) | {step.id for step in running}
    ready = [step for step in waiting.values() if undone.isdisjoint(step.needs)]
    measures = [step for step in ready if step.stage == "measure"]
    footprints = [step for step in ready if step.stage == "footprint"]
    work = [step for step in ready if step.stage not in ("measure", "footprint")]
    busy = sum(stage != "footprint" for stage in stages)
    enough = jobs == 1 or len(measures) >= BATCH * jobs or not (work or busy)
    if measures and enough:
        return measures[:1] if not stages else []
    chosen = work[: max(0, jobs - busy)]
    if footprints and "footprint" not in stages:
        chosen = [*chosen, footprints[0]]
    return chosen
