"""This project's gate on itself: its baseline, its limits, its speed figures, and what CI calls."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from idsbench import store
from idsbench.catalog import load_catalog
from idsbench.cli import main
from idsbench.plan import Plan
from idsbench.suite import choose
from idsbench.suite_file import read_suite
from idsbench.suite_plan import Place, plan_suite

REPOSITORY = Path(__file__).resolve().parents[2]
GUARD = REPOSITORY / "benchmarks" / "guard"
BASELINE = REPOSITORY / "results" / "baseline"


@pytest.fixture(scope="module")
def speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("guard_speed", GUARD / "speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    folder = tmp_path_factory.mktemp("nothing")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("IDSBENCH_DATA", raising=False)
        patch.setenv("XDG_DATA_HOME", str(folder))
        chosen = choose(read_suite(GUARD / "guard.toml"), None, {})
        return plan_suite(load_catalog(), chosen, Place("guard", baselines=False))


def _changed(folder: Path, model: str, **factors: float) -> Path:
    """Write the records of the baseline with some figures of one model changed."""
    folder.mkdir()
    for record in store.read_records(BASELINE / "guard"):
        of_it = str(record["model"]).startswith(model)
        own = {key: record[key] * factor for key, factor in factors.items()} if of_it else {}
        whole = {key: round(one) if key == "parameters" else one for key, one in own.items()}
        store.write_record(folder, {**record, **whole, "weights_sha256": None})
    return folder


def _gate(folder: Path) -> int:
    limits = str(GUARD / "limits.toml")
    flags = ["--baseline", str(BASELINE / "guard"), "--results", str(folder), "--config", limits]
    return main(["gate", *flags])


def test_the_kept_baseline_holds_every_cell_of_the_suite_on_generated_rows(plan):
    records = store.read_records(BASELINE / "guard")
    assert {record["status"] for record in records} == {"ok"}
    assert {record["variant"] for record in records} == {"stand-in"}
    names = [(str(record["model"]).partition("[")[0], record["seed"]) for record in records]
    # A parameter that a model gains makes another cell; the gate says so and compares it.
    assert sorted(names) == sorted((cell.model.name, cell.seed) for cell in plan.cells)


def test_an_unchanged_program_passes(tmp_path, capsys):
    assert _gate(_changed(tmp_path / "same", "none of them")) == 0
    assert capsys.readouterr().out.endswith("gate passed: 20 ok\n")


@pytest.mark.parametrize("model", ["logistic", "decision-tree", "random-forest", "cnn"])
def test_an_fpr_three_times_as_high_is_caught_in_every_model(tmp_path, capsys, model):
    assert _gate(_changed(tmp_path / "worse", model, fpr=3.0)) == 3
    assert re.search(rf"{model}.* fpr .* regression +fpr \+\d+ %", capsys.readouterr().out)


def test_a_network_of_one_per_cent_more_parameters_is_caught(tmp_path, capsys):
    assert _gate(_changed(tmp_path / "larger", "cnn", parameters=1.01)) == 3
    assert "parameters +1.0 %, the limit is +0 %" in capsys.readouterr().out


def test_what_takes_twice_as_long_is_caught_and_noise_is_not(speed):
    before = {"help": 0.5, "list": 2.0}
    assert speed.judged({"help": 0.65, "list": 1.0}, before)[1]
    lines, good = speed.judged({"help": 1.0, "list": 2.0}, before)
    assert not good
    assert lines == ["help: 0.5 -> 1 (x 2.00) SLOWER", "list: 2 -> 2 (x 1.00) ok"]


def test_a_figure_that_is_new_or_gone_does_not_pass(speed):
    lines, good = speed.judged({"help": 0.5}, {"list": 2.0})
    assert not good
    assert lines == ["help: is new", "list: was not measured"]


def _session(folder: Path, name: str, **ratios: float) -> str:
    listed = [{"name": f"test_{key}", "extra_info": {"ratio": one}} for key, one in ratios.items()]
    path = folder / name
    path.write_text(json.dumps({"benchmarks": listed}))
    return str(path)


def test_of_two_sessions_the_least_counts_and_a_saved_one_is_kept(speed, tmp_path, capsys):
    kept = str(tmp_path / "kept.json")
    slow, quick = (
        _session(tmp_path, f"{name}.json", help=ratio) for name, ratio in (("a", 4.0), ("b", 2.0))
    )
    assert speed.main([kept, quick, "--save"]) == 0
    assert speed.main([kept, slow]) == 3
    assert speed.main([kept, slow, quick]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "help: 2 -> 4 (x 2.00) SLOWER",
        "speed FAILED: 1 figures, the limit is x 1.9",
        "help: 2 -> 2 (x 1.00) ok",
        "speed passed: 1 figures, the limit is x 1.9",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"help": 0}', '{"help": "x"}'])
def test_kept_figures_that_are_none_are_refused(speed, tmp_path, capsys, text):
    (tmp_path / "kept.json").write_text(text)
    session = _session(tmp_path, "now.json", help=1.0)
    assert speed.main([str(tmp_path / "kept.json"), session]) == 2
    assert capsys.readouterr().err.startswith(f"speed: {tmp_path / 'kept.json'}: ")


def test_a_session_that_measured_nothing_is_refused(speed, tmp_path, capsys):
    nothing = _session(tmp_path, "now.json")
    assert speed.main([str(BASELINE / "speed.json"), nothing]) == 2
    assert capsys.readouterr().err == f"speed: {nothing}: holds no figure: nothing was measured\n"


def test_a_ratio_is_kept_for_every_figure_that_is_measured(speed):
    text = (REPOSITORY / "benchmarks" / "perf" / "test_ratios.py").read_text("utf-8")
    measured = set(re.findall(r"^def test_(\w+)\(", text, re.M))
    assert set(speed.kept(BASELINE / "speed.json")) == measured


@pytest.fixture
def called(tmp_path):
    """Run .ci/run in a repository of the test's own with a `make` that only says its arguments."""
    root, tools = tmp_path / "repository", tmp_path / "bin"
    for folder in (root / ".ci", tools):
        folder.mkdir(parents=True)
    (root / ".ci" / "run").write_bytes((REPOSITORY / ".ci" / "run").read_bytes())
    (tools / "make").write_text('#!/bin/sh\necho "$@"\n')
    (tools / "make").chmod(0o755)
    names = ("TARGET", "GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    clean = {key: value for key, value in os.environ.items() if key not in names}

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join((str(tools), os.environ["PATH"]))
        command = ["bash", str(root / ".ci" / "run")]
        named = {**clean, **environment, "PATH": path}
        return subprocess.run(command, env=named, capture_output=True, text=True)

    def git(*words: str) -> None:
        identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
        subprocess.run(["git", "-C", str(root), *identity, *words], check=True)

    git("init", "-q", "-b", "before")
    git("add", "-A")
    git("commit", "-q", "-m", "before the baseline")
    git("checkout", "-q", "-b", "main")
    (root / "results" / "baseline" / "guard").mkdir(parents=True)
    (root / "results" / "baseline" / "guard" / "a.json").write_text("{}")
    git("add", "-A")
    git("commit", "-q", "-m", "baseline")
    return run


def test_ci_takes_the_baseline_from_the_target_branch(called):
    own = "gate BASELINE=results/baseline/guard"
    of_main = "gate BASELINE=main:results/baseline/guard"
    assert called().stdout.splitlines() == ["test", own]
    assert called(TARGET="main").stdout.splitlines() == ["test", of_main]
    assert called(TARGET="before").stdout.splitlines() == ["test", own]


def test_ci_fails_where_the_target_branch_was_not_fetched(called):
    done = called(GITHUB_BASE_REF="main")
    assert done.returncode != 0
    assert done.stdout.splitlines() == ["test"]
    assert "origin/main" in done.stderr
