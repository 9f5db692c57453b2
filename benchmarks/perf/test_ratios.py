"""Speed of idsbench as ratios that are held against `results/baseline/speed.json` (`make gate`).

A ratio is processor time of the work, less that of an interpreter that does nothing, over that of a
fixed piece of Python in the same session; each the least of some rounds. So a figure means the same
on a quick machine and on a slow or busy one.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from idsbench import store
from idsbench.cells import cell_id
from idsbench.steps import ALWAYS
from idsbench.workers import Workers

HERE = Path(__file__).parent
RECORDS = 1_000
ROUNDS = 5
# Text, dicts, numbers and calls, as the work itself has them; about 0.1 s.
YARDSTICK = """
import json
text = json.dumps([{"key": str(n), "value": n / 7} for n in range(4000)])
for _ in range(3):
    total = sum(len(row["key"]) * row["value"] for row in json.loads(text))
    words = sorted(json.dumps(row, sort_keys=True) for row in json.loads(text))
"""
PLUGGED = """
import time
import pytest, _pytest.config
manager = _pytest.config.get_config().pluginmanager
started = time.process_time()
import idsbench.pytest_plugin
manager.register(idsbench.pytest_plugin, "idsbench")
print(time.process_time() - started)
"""


def _cpu_s(command: Sequence[str], allowed: Sequence[int] = (0,)) -> float:
    """Give the processor time of a process that ends with one of these codes."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        assert child.returncode in allowed, said.read().decode()
    return usage.ru_utime + usage.ru_stime


@pytest.fixture(scope="module")
def bare() -> float:
    """Give the processor time of an interpreter that does nothing."""
    return min(_cpu_s([sys.executable, "-c", ""]) for _ in range(4 * ROUNDS))


@pytest.fixture
def ratio(benchmark, bare) -> Callable[..., None]:
    """Time a command beside the yardstick, round by round, and keep the ratio."""

    def measured(command: Sequence[str], allowed: Sequence[int] = (0,)) -> None:
        work: list[float] = []
        yard: list[float] = []

        def once() -> None:
            yard.append(_cpu_s([sys.executable, "-c", YARDSTICK]))
            work.append(_cpu_s(command, allowed))

        benchmark.pedantic(once, rounds=ROUNDS, warmup_rounds=1)
        benchmark.extra_info["cpu_s"] = round(min(work), 3)
        benchmark.extra_info["ratio"] = round((min(work) - bare) / (min(yard) - bare), 4)

    return measured


@pytest.fixture(scope="module")
def sides(template, tmp_path_factory) -> tuple[Path, Path]:
    """Give two folders of 1,000 records: 200 cells of five seeds, whose rates differ."""
    rng = np.random.default_rng(0)
    folders = tmp_path_factory.mktemp("base"), tmp_path_factory.mktemp("head")
    for folder, number in itertools.product(folders, range(RECORDS)):
        cell, seed = divmod(number, 5)
        identity = json.dumps({"model": f"detector{cell}"})
        own = {"model": f"detector{cell}", "identity": identity, "seed": seed}
        own["cell"] = cell_id(identity, seed, template["variant"], template["origin_sha256"])
        rates = {key: float(rng.uniform(0.05, 0.1)) for key in ("fpr", "recall", "auc_roc")}
        record = {**template, **own, **rates, "weights_sha256": None}
        # Written without waiting for the disk, which is not what is measured.
        whole = {**record, "seal": store.seal(record)}
        (folder / f"{own['cell']}.json").write_text(json.dumps(whole), "utf-8")
    return folders


def _program(*words: object) -> list[str]:
    return [str(Path(sys.executable).with_name("idsbench")), *map(str, words)]


def test_help(ratio):
    """`idsbench --help`."""
    ratio(_program("--help"))


def test_list(ratio):
    """`idsbench list`, all installed plugins asked."""
    ratio(_program("list"))


def test_leaderboard(ratio, sides):
    """`idsbench leaderboard` of 1,000 records."""
    ratio(_program("leaderboard", "--results", sides[0]))


def test_gate(ratio, sides):
    """`idsbench gate` of 1,000 records a side."""
    ratio(_program("gate", "--baseline", sides[0], "--results", sides[1]), allowed=(0, 3))


def test_compare(ratio, sides):
    """`idsbench compare` of 1,000 records a side."""
    ratio(_program("compare", *sides))


def test_plugin(benchmark, bare):
    """What the plugin adds to a session of pytest that does not use it. Target: 30 ms."""
    added: list[float] = []
    yard: list[float] = []

    def once() -> None:
        yard.append(_cpu_s([sys.executable, "-c", YARDSTICK]))
        done = subprocess.run([sys.executable, "-c", PLUGGED], capture_output=True, check=True)
        added.append(float(done.stdout))

    benchmark.pedantic(once, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["added_ms"] = round(1000 * min(added), 2)
    benchmark.extra_info["ratio"] = round(min(added) / (min(yard) - bare), 4)


def test_isolation(benchmark, tmp_path, monkeypatch):
    """An empty job of `run` in a process of its own, by the clock: job file, fork, result file."""
    monkeypatch.syspath_prepend(str(HERE))
    dataset = {"build": "empty_job:Nothing", "parameters": {}}
    out = str(tmp_path / "entries" / "made")
    payload = {"stage": "load", "dataset": dataset, "files": [], "layout": "", "out": out}
    numbers = itertools.count()
    took: list[float] = []
    yard: list[float] = []
    code = compile(YARDSTICK, "yardstick", "exec")
    with Workers({"PYTHONPATH": str(HERE)}) as workers:

        def isolated() -> None:
            job = tmp_path / str(next(numbers))
            job.mkdir()
            started = time.perf_counter()
            workers.start(job.name, job, payload, ALWAYS)
            while not workers.wait(60.0):  # a server's greeting is no end of a job
                pass
            took.append(time.perf_counter() - started)
            if len(yard) < 2 * ROUNDS:
                started = time.perf_counter()
                exec(code, {})
                yard.append(time.perf_counter() - started)

        benchmark.pedantic(isolated, rounds=30, warmup_rounds=2)
    assert (tmp_path / "0" / "result.json").is_file()
    benchmark.extra_info["ratio"] = round(min(took) / min(yard), 4)
