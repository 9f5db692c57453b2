"""The same command again, when everything is finished."""

from __future__ import annotations

import pytest

from idsbench import store
from idsbench.plan import Request, make_plan
from idsbench.resume import is_finished
from idsbench.run import Options, run
from idsbench.view import SilentView

CELLS = 1_000
MODELS = "random-forest,logistic,decision-tree,dummy,one-rule"
REQUEST = Request(
    "iotid20", samplers="none,smote-rus", models=MODELS, seeds="0-99", baselines=False
)


@pytest.fixture(scope="module")
def finished(results):
    """Give the plan of 1,000 cells and a folder that holds a finished record for each."""
    plan, folder = results(REQUEST)
    known = store.read_finished(folder)
    assert len(plan.cells) == CELLS
    assert all(is_finished(cell, known) for cell in plan.cells)
    return plan, folder


def test_skip_finished_cells(benchmark, catalog, finished):
    """Planning 1,000 cells, reading their records, and seeing that each is finished.

    Target: 1 ms a cell, so 1 s.
    """
    _, folder = finished

    def skip():
        known = store.read_finished(folder)
        return [is_finished(cell, known) for cell in make_plan(catalog, REQUEST).cells]

    assert all(benchmark.pedantic(skip, rounds=10, warmup_rounds=1))


def test_run_with_nothing_to_do(benchmark, catalog, finished):
    """`run` on a finished plan of 1,000 cells, which writes `plan.json` and gives all records."""
    plan, folder = finished
    options = Options(folder)
    records = benchmark.pedantic(
        lambda: run(catalog, plan, options, SilentView()), rounds=10, warmup_rounds=1
    )
    assert len(records) == CELLS


def test_resume(processes, idsbench, finished):
    """`idsbench run` on 1,000 finished cells as a whole process, its leaderboard written and shown.

    Target: 2 s.
    """
    _, folder = finished
    words = ["run", "--datasets", "iotid20", "--samplers", "none,smote-rus", "--models", MODELS]
    words += ["--no-baselines", "--seeds", "0-99", "--results", str(folder)]
    ended = processes(lambda: idsbench(*words), rounds=5)
    assert "all finished by earlier runs" in ended[0].output
