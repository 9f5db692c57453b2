"""Rows are split, scaled and resampled once for all models of a group; the others map them."""

from __future__ import annotations

import itertools

import pytest

from idsbench import jobs
from idsbench.cache import cache_folder, is_made
from idsbench.plan import Request, make_plan
from idsbench.rowstore import open_part
from idsbench.steps import make_steps


@pytest.fixture(params=["none", "smote-rus"])
def prepare(request, catalog, tmp_path):
    """Give the step that prepares the stand-in's rows, its table made."""
    cells = make_plan(
        catalog, Request("mqttset", samplers=request.param, models="dummy", baselines=False)
    ).cells
    steps, _ = make_steps(cells, cache_folder(), tmp_path, "quick")
    stages = {step.stage: step for step in steps.values()}
    if "load" in stages:
        assert jobs.outcome(stages["load"].payload)["outcome"] == "ok"
    return stages["prepare"]


def test_rows_of_a_group(benchmark, prepare, tmp_path):
    """Splitting, scaling and resampling 20,000 rows, written and flushed: paid by the first model."""
    numbers = itertools.count()

    def once():
        out = tmp_path / str(next(numbers))
        return jobs.outcome({**prepare.payload, "out": str(out)})

    assert benchmark.pedantic(once, rounds=10, warmup_rounds=1)["outcome"] == "ok"


def test_rows_of_the_next_model(benchmark, prepare, tmp_path):
    """Finding the same rows in the cache and mapping them: paid by every other model."""
    out = tmp_path / "made"
    assert jobs.outcome({**prepare.payload, "out": str(out)})["outcome"] == "ok"

    def again():
        assert is_made(out)
        return [open_part(out, name) for name in ("train", "valid", "test")]

    assert sum(len(part.y) for part in benchmark(again)) > 0
