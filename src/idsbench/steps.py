"""Cells -> steps: what has to be done for them, once each, with what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idsbench.cache import entry, is_made
from idsbench.cells import (
    Cell,
    prepared_key,
    protocol_traits,
    reference,
    table_key,
    training_key,
)
from idsbench.values import Component

SHARED = ("load", "prepare", "train")
ALWAYS = ("idsbench.jobs", "idsbench.energy:warm")


@dataclass(frozen=True)
class Step:
    """One job.

    Args:
        id: unique in a run.
        stage: load, prepare, train, measure or footprint.
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
    """The steps of one cell: three shared ones, its measurement, and its footprint."""

    cell: Cell
    load: str
    prepare: str
    train: str
    measure: str
    footprint: str

    @property
    def all(self) -> tuple[str, ...]:
        """In order."""
        return (self.load, self.prepare, self.train, self.measure, self.footprint)


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
        planned.append(CellSteps(cell, *(step.id for step in wanted)))
    return steps, planned


def _steps_of(cell: Cell, root: Path, scratch: Path, measure: str) -> Sequence[Step]:
    source, traits = cell.source, protocol_traits(cell.protocol)
    table = entry(root, "tables", table_key(cell))
    prepared = entry(root, "prepared", prepared_key(cell))
    training = entry(root, "trainings", training_key(cell))
    chain = [reference(spec) for spec in cell.featurizers.specs]
    where = f"{source.text} {cell.protocol.text}"
    group = f"{where} {cell.sampler.text} {cell.featurizers.text} seed {cell.seed}"
    one = f"{where} {cell.sampler.text} {cell.model.text} seed {cell.seed}"
    load_id, prepare_id = f"load-{table.name}", f"prepare-{prepared.name}"
    train_id, measure_id = f"train-{training.name}", f"measure-{cell.id}"
    footprint_id = f"footprint-{cell.id}"
    common = {
        "table": str(table),
        "prepared": str(prepared),
        "training": str(training),
        "featurizers": chain,
        "model": reference(cell.model),
        "target": reference(cell.target),
        "seed": cell.seed,
    }
    load = {
        "dataset": reference(source.spec),
        "files": [str(path) for path in source.origin.files],
        "layout": source.origin.layout,
    }
    prepare = {
        **common,
        "task": cell.task,
        "protocol": reference(cell.protocol),
        "sampler": reference(cell.sampler),
        "fit_on": traits.fit_on,
        "balance": traits.balance,
    }
    train = {**common, "max_rows": cell.model.parameters.get("max_rows")}
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
    shared = (load_id, prepare_id, train_id)
    return (
        _step(load_id, "load", (), table, load, (source.spec.component,), f"read {source.text}"),
        _step(prepare_id, "prepare", (load_id,), prepared, prepare, rows, f"prepare {group}"),
        _step(train_id, "train", shared[:2], training, train, model, f"train {one}"),
        _step(measure_id, "measure", shared, scratch / measure_id, scored, model, f"measure {one}"),
        _step(
            footprint_id, "footprint", shared, scratch / footprint_id, common, (), f"memory {one}"
        ),
    )


def _step(
    name: str,
    stage: str,
    needs: tuple[str, ...],
    out: Path,
    payload: dict[str, Any],
    components: tuple[Component, ...],
    what: str,
) -> Step:
    modules = {module for component in components for module in component.preload}
    payload = {"stage": stage, "out": str(out), **payload}
    return Step(name, stage, needs, out, payload, (*sorted(modules), *ALWAYS), what)
