"""What a process of its own costs each training and each measurement."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from idsbench import jobs
from idsbench.steps import ALWAYS
from idsbench.workers import Workers

HERE = Path(__file__).parent
MODELS = ("dummy", "random-forest", "cnn", "mobilenet")  # from no framework to the heaviest


@pytest.fixture
def payload(tmp_path, monkeypatch):
    """Give a job that is skipped by its own component at once."""
    monkeypatch.syspath_prepend(str(HERE))
    dataset = {"build": "empty_job:Nothing", "parameters": {}}
    out = str(tmp_path / "entries" / "made")
    return {"stage": "load", "dataset": dataset, "files": [], "layout": "", "out": out}


@pytest.fixture(params=MODELS)
def preload(request, catalog):
    """Give what the fork server of this model imports."""
    if request.param not in {model.name for model in catalog.components("model")}:
        pytest.skip(f"no installed plugin offers the model {request.param}")
    return (*catalog.get("model", request.param).preload, *ALWAYS)


def test_the_work_alone(benchmark, payload):
    """The same job without isolation: what has to be subtracted from the figures below."""
    assert benchmark(jobs.outcome, payload)["outcome"] == "skipped"


def test_isolated_job(benchmark, payload, preload, tmp_path):
    """A job handed to a running fork server: job file, fork, session, result file, end.

    Target: 20 ms on top of the work.
    """
    numbers = itertools.count()
    with Workers({"PYTHONPATH": str(HERE)}) as workers:

        def isolated() -> Path:
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            workers.start(folder.name, folder, payload, preload)
            while not workers.wait(60.0):  # a server's greeting is no end of a job
                pass
            return folder

        folder = benchmark.pedantic(isolated, rounds=50, warmup_rounds=2)
    assert json.loads((folder / "result.json").read_text())["reason"] == "nothing to read"


def test_spawned_job(benchmark, payload, preload, tmp_path):
    """The same job in a new interpreter that imports the same modules: what forking saves."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps(payload))
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "from pathlib import Path\n"
        "from idsbench import forkserver, jobs\n"
        f"forkserver._preload({list(preload)!r})\n"
        f"sys.exit(jobs.run_job(Path({str(path)!r})))"
    )
    command = [sys.executable, "-c", code]
    benchmark.pedantic(
        lambda: subprocess.run(command, check=True, capture_output=True), rounds=3, warmup_rounds=1
    )
    assert json.loads((tmp_path / "result.json").read_text())["reason"] == "nothing to read"
