"""What measuring a trained model costs a cell."""

from __future__ import annotations

import itertools
import json
import statistics
import time

import pytest

from idsbench.cache import cache_folder
from idsbench.plan import Request, make_plan
from idsbench.run import ENVIRONMENT, Options, run
from idsbench.steps import make_steps
from idsbench.view import SilentView
from idsbench.workers import Workers


@pytest.fixture(params=["logistic", "random-forest"])
def steps(request, catalog, tmp_path):
    """Train a model on the stand-in, and give the two steps that measure it."""
    plan = make_plan(catalog, Request("iotid20", models=request.param, baselines=False))
    (record,) = run(catalog, plan, Options(tmp_path / "results"), SilentView())
    assert record["status"] == "ok", record["reason"]
    left, _ = make_steps(plan.cells, cache_folder(), tmp_path, "quick")
    found = {step.stage: step for step in left.values()}
    assert set(found) == {"measure", "footprint"}
    return found


@pytest.mark.parametrize(("effort", "rounds"), [("quick", 10), ("thorough", 1)])
def test_measure(benchmark, steps, tmp_path, effort, rounds):
    """The stages measure and footprint of one cell, servers running.

    Of `measure_s` some 0.6 s, with `thorough` 11 s, are windows: of latency, of batch sizes, of the
    meter, of the featurizer. `footprint_s` is a new interpreter that imports the model's framework;
    a run keeps it for all trainings of one structure. Targets: 1 s a cell, with `thorough` 15 s.
    """
    numbers, spent = itertools.count(), {stage: [] for stage in steps}
    with Workers(ENVIRONMENT) as workers:

        def job(stage: str) -> None:
            step, started = steps[stage], time.monotonic()
            folder = tmp_path / f"{stage}-{next(numbers)}"
            folder.mkdir()
            payload = {**step.payload, "out": str(folder / "made"), "asked": started}
            payload |= {"measure": effort} if stage == "measure" else {}
            workers.start(folder.name, folder, payload, step.preload)
            while not workers.wait(60.0):
                pass
            assert json.loads((folder / "result.json").read_text())["outcome"] == "ok"
            spent[stage].append(time.monotonic() - started)

        benchmark.pedantic(lambda: [job(stage) for stage in steps], rounds=rounds, warmup_rounds=1)
    for stage, seconds in spent.items():
        benchmark.extra_info[f"{stage}_s"] = round(statistics.median(seconds[1:]), 3)
