"""Run a plan: every cell ends as exactly one record, whatever happens to the processes.

The runner starts jobs, watches limits and writes records. It holds no data and imports no
framework, so what breaks a job cannot break it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idsbench import footprints, memory_limit, store
from idsbench.cache import cache_folder, full, is_full, scratch
from idsbench.catalog import Catalog
from idsbench.cells import Cell
from idsbench.completion import STAGE, MakesNoRecordError, completed
from idsbench.guard import check_disk, memory_state
from idsbench.job_payload import payload_of
from idsbench.limits import Limits, group_rss_mb
from idsbench.outcomes import Done, Running, outcome_of
from idsbench.plan import Plan
from idsbench.record import failed, planned, planned_line, plugin_versions
from idsbench.renewal import discard, heal
from idsbench.resume import THOROUGH, is_finished, meter_label
from idsbench.schedule import least_used, startable
from idsbench.solo import is_ready, open_gate
from idsbench.standstill import go_on, stop
from idsbench.steps import CellSteps, Step, make_steps
from idsbench.view import View
from idsbench.workers import LADDER, UNHEARD_S, Ended, Workers

TICK_S = 0.1
SERVER_START_S = 60.0  # what a fork server may take to import its framework before a limit counts
# Idle OpenMP threads of one job must not spin on the processor of another.
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass(frozen=True)
class Options:
    """How to run.

    Args:
        results: the results folder.
        jobs: prepare, train and score this many at once.
        threads: processors for each of them; None for all.
        limits: time and memory of one cell.
        measure: quick or thorough.
        meter: of energy, as `--meter` names it.
        retry: statuses that are tried again besides `crashed` and `not-installed`.
        fresh: run finished cells again, trainings and deployments too.
    """

    results: Path
    jobs: int = 1
    threads: int | None = None
    limits: Limits = field(default_factory=Limits)
    measure: str = "quick"
    meter: str = "auto"
    retry: frozenset[str] = frozenset()
    fresh: bool = False


def run(catalog: Catalog, plan: Plan, options: Options, view: View) -> list[dict[str, Any]]:
    """Run what is missing and give the records of all planned cells, in plan order.

    Raises:
        StoreError: the results folder cannot be used, or another run uses it.
        RunStopped: the machine ran out of disk.
        KeyboardInterrupt: after the running jobs were ended; finished records are kept.
    """
    folder = store.open_results(options.results)
    with store.locked(folder):
        versions = {cell.id: plugin_versions(catalog, cell) for cell in plan.cells}
        store.merge_plan(folder, [planned_line(cell) for cell in plan.cells])
        known = {} if options.fresh else store.read_finished(folder)
        asked = (options.retry, options.measure, options.meter)
        todo = [cell for cell in plan.cells if not is_finished(cell, known, *asked)]
        view.planned(len(plan.cells), len(plan.cells) - len(todo))
        try:
            made = _Runner(folder, options, view, versions).run(todo)
        except OSError as error:
            if is_full(cache_folder(), error):
                raise full(cache_folder()) from error
            raise
        return [made.get(cell.id) or known[cell.id] for cell in plan.cells]


class _Runner:
    """The state of one run: what waits, what runs, how steps ended, which records are written."""

    def __init__(
        self, folder: Path, options: Options, view: View, versions: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.folder, self.options, self.view, self.versions = folder, options, view, versions
        self.waiting: dict[str, Step] = {}
        self.running: dict[str, Running] = {}
        self.done: dict[str, Done] = {}
        self.open: list[CellSteps] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.noted: set[str] = set()  # the footprints that this run measured

    def run(self, cells: Sequence[Cell]) -> dict[str, dict[str, Any]]:
        """Run cells and give their records by id."""
        for cell in cells:
            if cell.skip or cell.missing:
                status = "skipped" if cell.skip else "not-installed"
                self._fail(cell, Done(status, cell.skip or cell.missing), "plan")
        runnable = [cell for cell in cells if not (cell.skip or cell.missing)]
        if not runnable:
            return self.records
        root = cache_folder()
        with scratch(root) as folder:
            if self.options.fresh:
                discard(root, runnable)
            for line in heal(root, runnable):
                self.view.note(line)
            self.waiting, self.open = make_steps(runnable, root, folder, self.options.measure)
            with Workers(ENVIRONMENT) as workers:
                self._loop(workers, folder)
        return self.records

    def _loop(self, workers: Workers, scratch: Path) -> None:
        for preload in dict.fromkeys(step.preload for step in self.waiting.values()):
            workers.warm(preload)
        while self.open:
            check_disk((self.folder, scratch))
            self._next(workers, scratch)
            for ended in workers.wait(TICK_S):
                self._ended(workers, ended)
            self._watch(workers)
            self.view.tick([running.told() for running in self.running.values()])

    def _next(self, workers: Workers, scratch: Path) -> None:
        """Start what may start now, or have one measurement timed."""
        for running in self.running.values():
            if not running.ready and is_ready(running.folder):
                running.ready = time.monotonic()
        short = memory_state() != "ok"
        stages = {job: running.stage for job, running in self.running.items()}
        # Short of memory, what runs is brought to its end first.
        waiting = {} if short and stages else self.waiting
        quiet = not workers.importing(SERVER_START_S)
        steps, timed = startable(waiting, stages, self.options.jobs, quiet)
        for step in steps:
            self._start(workers, step, scratch)
        if timed:
            running = self.running[timed]
            stop(workers, {job: one for job, one in self.running.items() if not one.ready})
            running.alone, running.waited = True, time.monotonic() - running.ready
            open_gate(running.folder)

    def _start(self, workers: Workers, step: Step, scratch: Path) -> None:
        if step.stage == "footprint" and (known := self._noted(self._key(step))):
            del self.waiting[step.id]
            self._settle(step, Done("ok", "", known))
            return
        folder = scratch / step.id
        folder.mkdir(exist_ok=True)
        payload = payload_of(step, folder, self.options.meter)
        running = Running(step, folder, time.monotonic(), processors=self._processors(step))
        payload["processors"] = running.processors
        if group := memory_limit.make_group(step):
            running.group, payload["group"] = group, str(group)
        del self.waiting[step.id]
        self.running[step.id] = running
        workers.start(step.id, folder, payload, step.preload)

    def _processors(self, step: Step) -> tuple[int, ...]:
        threads = self.options.threads
        if threads is None or step.stage == "footprint" or not hasattr(os, "sched_getaffinity"):
            return ()
        taken = [running.processors for running in self.running.values() if not running.ready]
        return least_used(sorted(os.sched_getaffinity(0)), taken, threads)

    def _ended(self, workers: Workers, ended: Ended) -> None:
        running = self.running.pop(ended.job)
        if running.alone:
            go_on(workers, self.running)
        step = running.step
        seconds = running.spent(time.monotonic())
        done = outcome_of(running, ended, seconds, self.options.limits)
        done = memory_limit.settled(running, done)
        awaited = any(step.id == steps.footprint for steps in self.open)
        if awaited and done.status == "ok":
            cell = step.id.removeprefix("footprint-")
            key, thorough = self._key(step), self.options.measure == THOROUGH
            footprints.remember(cache_folder(), key, done.value, cell, thorough)
            self.noted.add(key)
        self._settle(step, done)

    def _key(self, footprint: Step) -> str:
        (steps,) = (steps for steps in self.open if steps.footprint == footprint.id)
        return footprints.key_of_training(steps.cell, Path(footprint.payload["training"]))

    def _noted(self, key: str) -> Mapping[str, Any] | None:
        """Give what a fresh process of this structure needed, if it may be used again."""
        if self.options.fresh and key not in self.noted:
            return None
        return footprints.recall(cache_folder(), key, self.options.measure == THOROUGH)

    def _settle(self, step: Step, done: Done) -> None:
        self.done[step.id] = done
        still_open = []
        for steps in self.open:
            if step.id in steps.all and self._finish(steps, step, done):
                continue
            still_open.append(steps)
        self.open = still_open
        wanted = {name for steps in self.open for name in steps.all}
        self.waiting = {name: step for name, step in self.waiting.items() if name in wanted}

    def _finish(self, steps: CellSteps, step: Step, done: Done) -> bool:
        """Write the cell's record if this step decided it."""
        if done.status != "ok" and (step.stage != "footprint" or "limits" in done.details):
            self._fail(steps.cell, done, step.stage)
            return True
        if steps.measure in self.done and steps.footprint in self.done:
            self._succeed(steps)
            return True
        return False

    def _fail(self, cell: Cell, done: Done, stage: str) -> None:
        row = planned(cell, self.versions[cell.id])
        self._write(failed(row, done.status, done.reason, stage, done.details))

    def _succeed(self, steps: CellSteps) -> None:
        row = planned(steps.cell, self.versions[steps.cell.id])
        asked = {"measure": self.options.measure, "meter": meter_label(self.options.meter)}
        try:
            whole = completed(steps, self.done, row, asked)
        except MakesNoRecordError as error:
            details = {"error": {"stage": STAGE, "log": error.log}}
            self._fail(steps.cell, Done("failed", str(error), details=details), STAGE)
            return
        store.keep(self.folder, whole.split)
        self._write(whole.record, whole.evidence)

    def _write(self, record: Mapping[str, Any], evidence: Path | None = None) -> None:
        self.records[record["cell"]] = store.write_record(self.folder, record, evidence)
        self.view.finished(record)

    def _watch(self, workers: Workers) -> None:
        """Hold the limits: a job over one is interrupted, then terminated, then killed."""
        now, limits = time.monotonic(), self.options.limits
        if memory_state() == "critical":
            self._sacrifice(workers)
        for job, running in self.running.items():
            if not running.begun and workers.pid(job):
                running.begun = now
            if not running.verdict:
                running.verdict = self._verdict(running, now, workers.pid(job), limits)
                running.condemned = now
            if running.verdict and running.rung < len(LADDER):
                after, number = LADDER[running.rung]
                if now - running.condemned >= after:
                    workers.signal(job, number)
                    running.rung += 1
            elif running.verdict and now - running.condemned >= UNHEARD_S:
                workers.abandon(job)

    def _sacrifice(self, workers: Workers) -> None:
        """End the largest job, before the kernel's own choice ends the run."""
        if any(running.verdict for running in self.running.values()):
            return
        largest = max(
            self.running.items(),
            key=lambda item: group_rss_mb(workers.pid(item[0]) or 0),
            default=None,
        )
        if largest:
            largest[1].verdict = "machine-oom"
            largest[1].condemned = time.monotonic()

    def _verdict(self, running: Running, now: float, pid: int | None, limits: Limits) -> str:
        # A job's clock starts when its process does; a server that is still importing has longer.
        spent = 0.0 if running.begun else -SERVER_START_S
        if running.step.stage in ("measure", "footprint"):
            spent += sum(self.done[n].seconds for n in running.step.needs[2:] if n in self.done)
        if limits.timeout_s is not None and running.spent(now) + spent > limits.timeout_s:
            return "timeout"
        if limits.memory_mb is not None and pid and group_rss_mb(pid) > limits.memory_mb:
            return "oom"
        return memory_limit.VERDICT if pid and memory_limit.breaks(running, pid) else ""
