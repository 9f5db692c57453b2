"""The pytest plugin: cells run in a test, limits with the row, inference timed by pytest-benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from idsbench.errors import RequestError
from idsbench.pytest_bench import Bench, Limits

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.mark.idsbench(max_fpr=1.0, max_size_bytes=100_000)
def test_holds(idsbench):
    (record,) = idsbench.run("--datasets iotid20 --models dummy")
    assert record["status"] == "ok"

@pytest.mark.idsbench(max_size_bytes=1, min_auc_roc=0.99)
def test_is_over(idsbench):
    idsbench.run("--datasets iotid20 --models dummy")

@pytest.mark.idsbench(max_frp=0.1)
def test_is_misspelt(idsbench):
    pass

@pytest.mark.idsbench(suite="small.toml", max_fpr=1.0)
def test_a_suite(idsbench):
    (record,) = idsbench.run()
    assert record["model"] == "dummy"

def test_times(idsbench, benchmark):
    (record,) = idsbench.run("--datasets iotid20 --models dummy")
    idsbench.time(benchmark, record)
"""

SUITE = """
name = "small"
question = "Does it run?"
datasets = ["iotid20"]
models = ["dummy"]
[[cells]]
name = "one"
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> tuple[str, dict[str, object]]:
    """Run a session of its own: its output, and what pytest-benchmark stored."""
    folder = tmp_path_factory.mktemp("session")
    (folder / "test_detector.py").write_text(TESTS)
    (folder / "small.toml").write_text(SUITE)
    stored = folder / "stored.json"
    installed = {point.value for point in entry_points(group="pytest11")}
    plugins = ["-p", "no:cacheprovider"]
    if "idsbench.pytest_plugin" not in installed:  # a checkout that was set up before the plugin
        plugins += ["-p", "idsbench.pytest_plugin"]
    flags = ["-q", "--strict-markers", "--benchmark-json", str(stored), "--benchmark-max-time=0.1"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *flags, str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
    )
    return done.stdout, json.loads(stored.read_text())


def test_a_session_passes_fails_and_refuses(session):
    output, _ = session
    assert "3 passed" in output
    assert "1 failed" in output
    assert "1 error" in output


def test_a_failure_shows_the_limit_and_the_row(session):
    output, _ = session
    assert "is over max_size_bytes=1" in output
    assert "auc_roc 0.5 is under min_auc_roc=0.99" in output
    assert "model=dummy" in output


def test_a_misspelt_limit_is_named(session):
    output, _ = session
    assert "the marker has no limit max_frp; did you mean max_fpr" in output


def test_quality_is_stored_beside_the_times(session):
    _, stored = session
    (bench,) = stored["benchmarks"]
    assert bench["stats"]["median"] > 0
    info = bench["extra_info"]
    assert info["model"] == "dummy"
    assert {"fpr", "fpr_low", "fpr_high", "size_bytes", "recall", "cell"} <= set(info)


def _bench(tmp_path: Path, **named: float) -> Bench:
    return Bench(tmp_path, Limits.of(named), None, None)


ROW = {
    **{key: key[:1] for key in ("cell", "dataset", "protocol", "sampler", "featurizer")},
    **{"model": "m", "target": "t", "seed": 3, "status": "ok", "reason": ""},
    **{"fpr": 0.05, "fpr_low": 0.04, "fpr_high": 0.07, "recall": None},
}
SHOWN = "\n  cell=c dataset=d protocol=p sampler=s featurizer=f model=m target=t seed=3"


def test_an_fpr_over_its_limit_is_told_with_its_interval(tmp_path):
    assert _bench(tmp_path, max_fpr=0.03).problems(ROW) == [
        f"fpr 0.05 (95 % interval 0.04 to 0.07) is over max_fpr=0.03{SHOWN}"
    ]
    assert _bench(tmp_path, max_fpr=0.05).problems(ROW) == []


def test_what_was_not_measured_does_not_pass(tmp_path):
    assert _bench(tmp_path, min_recall=0.5).problems(ROW) == [f"recall was not measured{SHOWN}"]


def test_a_cell_without_a_result_does_not_pass(tmp_path):
    failed = {**ROW, "status": "oom", "reason": "too large"}
    assert _bench(tmp_path).problems(failed) == [f"oom: too large{SHOWN}"]


def test_a_run_without_a_selection_is_refused(tmp_path):
    with pytest.raises(RequestError) as caught:
        _bench(tmp_path).run()
    assert str(caught.value) == "run() needs a selection, or a suite in the marker"


def test_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, pytest; before = set(sys.modules); import idsbench.pytest_plugin; "
        "print(sorted(name for name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['idsbench', 'idsbench.pytest_plugin']"
