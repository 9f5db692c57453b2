"""Cells -> steps: what has to be done for them, once each, with what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idsbench.cache import UNFINISHED, entry, is_made
from idsbench.cells import (
    Cell,
    Source,
    artifact_key,
    flow_map,
    in_framework,
    prepared_key,
    protocol_traits,
    reference,
    resumes,
    source_key,
    target_format,
    training_key,
)
from idsbench.tune_space import space_of
from idsbench.values import Component

SHARED = ("load", "join", "prepare", "train", "deploy")
ALWAYS = ("idsbench.jobs", "idsbench.energy:warm")


@dataclass(frozen=True)
class Step:
    """One job.

    Args:
        id: unique in a run.
        stage: load, join, prepare, train, deploy, measure or footprint.
        needs: ids of the steps that must have succeeded before.
        out: the cache entry that it makes; for measure and footprint a folder of this run.
        payload: the job's JSON.
        preload: what its fork server imports.
        what: for people, e.g. "mqttset clean random-forest".
    """

    id: str
    stage: str
    needs: tuple[str, ...]
    out: Path
    payload: dict[str, Any] = field(repr=False)
    preload: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class CellSteps:
    """The steps of one cell: shared ones, its measurement, and its footprint.

    `deploy` is empty where the target runs the training's own files. `before` are those that load
    the tables which `load` joins, where it joins any.
    """

    cell: Cell
    load: str
    prepare: str
    train: str
    measure: str
    footprint: str
    deploy: str = ""
    before: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """In order."""
        deploy = (self.deploy,) if self.deploy else ()
        shared = (*self.before, self.load, self.prepare, self.train, *deploy)
        return (*shared, self.measure, self.footprint)


def make_steps(
    cells: Iterable[Cell], root: Path, scratch: Path, measure: str
) -> tuple[dict[str, Step], list[CellSteps]]:
    """Give the steps that are not in the cache yet, in an order that finishes cells early.

    Args:
        cells: those to run.
        root: the cache folder.
        scratch: a folder of this run.
        measure: quick or thorough.
    """
    steps: dict[str, Step] = {}
    planned = []
    for cell in cells:
        wanted = _steps_of(cell, root, scratch, measure)
        for step in wanted:
            if step.id not in steps and not (step.stage in SHARED and is_made(step.out)):
                steps[step.id] = step
        by_stage = {step.stage: step.id for step in wanted}
        *before, load = (step.id for step in wanted if step.stage in ("load", "join"))
        names = ("prepare", "train", "measure", "footprint", "deploy")
        prepare, train, measured, footprint, deploy = (by_stage.get(name, "") for name in names)
        planned.append(
            CellSteps(cell, load, prepare, train, measured, footprint, deploy, tuple(before))
        )
    return steps, planned


def _steps_of(cell: Cell, root: Path, scratch: Path, measure: str) -> Sequence[Step]:
    source, traits = cell.source, protocol_traits(cell.protocol)
    tables = load_steps(source, root)
    table = tables[-1].out
    prepared = entry(root, "prepared", prepared_key(cell))
    training = entry(root, "trainings", training_key(cell))
    chain = [reference(spec) for spec in cell.featurizers.specs]
    where = f"{source.text} {cell.protocol.text}"
    group = f"{where} {cell.sampler.text} {cell.featurizers.text} seed {cell.seed}"
    one = f"{where} {cell.sampler.text} {cell.model_text} seed {cell.seed}"
    load_id, prepare_id = tables[-1].id, f"prepare-{prepared.name}"
    train_id, measure_id = f"train-{training.name}", f"measure-{cell.id}"
    footprint_id = f"footprint-{cell.id}"
    common = {
        "table": str(table),
        "prepared": str(prepared),
        "training": str(training),
        "featurizers": chain,
        "model": reference(cell.model),
        "target": reference(cell.target),
        "on": cell.target.text,
        "seed": cell.seed,
    }
    prepare = {
        **common,
        "task": cell.task,
        "protocol": reference(cell.protocol),
        "sampler": reference(cell.sampler),
        "fit_on": traits.fit_on,
        "balance": traits.balance,
        "split_of": {
            "dataset": source.spec.identity,
            "layout": source.origin.layout,
            "origin_sha256": source.origin.sha256,
            "protocol": cell.protocol.identity,
        },
    }
    train = {
        **common,
        "max_rows": cell.model.parameters.get("max_rows"),
        "tuning": {"trials": cell.tuned, "space": space_of(cell.model)} if cell.tuned else None,
        "resumes": resumes(cell.model),
        "unfinished": str(entry(root, UNFINISHED, training.name)),
    }
    scored = {
        **common,
        "cell": cell.id,
        "benign_rows_per_day": source.card.benign_rows_per_day,
        "weighted": traits.weighted,
        "measure": measure,
    }
    numeric = [spec.component for spec in cell.featurizers.specs]
    rows = (cell.protocol.component, cell.sampler.component, *numeric)
    model = (*numeric, cell.model.component)
    shared = [load_id, prepare_id, train_id]
    steps = [
        *tables,
        _step(prepare_id, "prepare", (load_id,), prepared, prepare, rows, f"prepare {group}"),
        _step(train_id, "train", shared[:2], training, train, model, f"train {one}"),
    ]
    runtime = model
    if target_format(cell.target):
        native = in_framework(cell.target)
        # Most artifacts are scored without the framework that they were trained in.
        runtime = (*(model if native else numeric), cell.target.component)
        made = entry(root, "artifacts", artifact_key(cell))
        parts = (*model, cell.target.component)
        what = f"deploy {one} on {cell.target.text}"
        steps.append(_step(f"deploy-{made.name}", "deploy", shared, made, common, parts, what))
        shared = [*shared, f"deploy-{made.name}"]
        opened = {"deployment": str(made), "framework": native}
        common, scored = ({**job, **opened} for job in (common, scored))
    out = scratch / measure_id
    steps.append(_step(measure_id, "measure", shared, out, scored, runtime, f"measure {one}"))
    out = scratch / footprint_id
    return [*steps, _step(footprint_id, "footprint", shared, out, common, (), f"memory {one}")]


def load_steps(source: Source, root: Path) -> list[Step]:
    """Give the steps that make a source's table; the last one's `out` is its cache entry."""
    table = entry(root, "tables", source_key(source))
    name = f"load-{table.name}"
    if not source.parts:
        load = {
            "dataset": reference(source.spec),
            "files": [str(path) for path in source.origin.files],
            "layout": source.origin.layout,
        }
        what = f"read {source.text}"
        return [_step(name, "load", (), table, load, (source.spec.component,), what)]
    before = [load_steps(part, root)[-1] for part in source.parts]
    names = [part.text for part in source.parts]
    join = {
        "tables": [str(step.out) for step in before],
        "flow": flow_map(*(part.card for part in source.parts)),
        "names": names,
    }
    needs = tuple(step.id for step in before)
    last = _step(name, "join", needs, table, join, (), f"join {' and '.join(names)}")
    return [last] if is_made(table) else [*before, last]


def _step(
    name: str,
    stage: str,
    needs: Sequence[str],
    out: Path,
    payload: dict[str, Any],
    components: tuple[Component, ...],
    what: str,
) -> Step:
    # In the order declared: a plugin may set up what the library after it reads on import.
    modules = dict.fromkeys(entry for component in components for entry in component.preload)
    payload = {"stage": stage, "out": str(out), **payload}
    return Step(name, stage, tuple(needs), out, payload, (*modules, *ALWAYS), what)
