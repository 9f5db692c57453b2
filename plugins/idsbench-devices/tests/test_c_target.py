"""A model's C scores as the model does; what it costs is counted; what cannot be is said."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from idsbench.errors import CellError, CellSkipped
from idsbench.rowstore import read_json
from idsbench_devices import c_target
from idsbench_devices.build import count_instructions
from idsbench_devices.c_target import CTarget
from idsbench_devices.network import ADDS_UP, MULTIPLIES
from idsbench_devices.program import ABOUT
from idsbench_sklearn.decision_tree import DecisionTree
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting
from idsbench_sklearn.isolation_forest import IsolationForest
from idsbench_sklearn.logistic import Logistic
from idsbench_sklearn.random_forest import RandomForest

pytestmark = pytest.mark.usefixtures("gcc", "uncounted")
Forest = partial(RandomForest, 12)
Boosting = partial(HistGradientBoosting, 8)


def _deployed(model, rows, folder, dtype="float", optimize="s"):
    target = CTarget(dtype, optimize)
    target.deploy(model, folder, rows[:300])
    return target.open(None, folder)


def _decisions(scores):
    return scores >= 0.5 if scores.ndim == 1 else scores.argmax(axis=1)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("build", [DecisionTree, Forest, Boosting, Logistic])
def test_single_precision_scores_are_those_of_the_model(fitted, rows, tmp_path, build, classes):
    model = fitted(build, classes)
    scores = _deployed(model, rows, tmp_path).scores(rows)
    expected = model.scores(rows)
    assert (scores.dtype, scores.shape) == (np.float64, expected.shape)
    assert np.abs(scores - expected).max() < 1e-6
    assert np.array_equal(_decisions(scores), _decisions(expected))


@pytest.mark.parametrize(("dtype", "reach"), [("float", 1e-6), ("int16", 0.01)])
def test_a_row_on_a_threshold_goes_where_the_model_sends_it(fitted, rows, tmp_path, dtype, reach):
    model = fitted(partial(DecisionTree, 4))
    thresholds = model._estimator.tree_.threshold[model._estimator.tree_.feature == 0]
    edges = np.float32(thresholds)
    edges = np.where(edges > thresholds, np.nextafter(edges, np.float32(-9)), edges)
    beside = [np.nextafter(edges, np.float32(9)), np.nextafter(edges, np.float32(-9))]
    at = np.concatenate([edges, *(beside if dtype == "float" else ())])
    tried = np.zeros((len(at), 5), np.float32)
    tried[:, 0] = at
    assert len(thresholds)
    program = _deployed(model, rows, tmp_path, dtype)
    assert np.abs(program.scores(tried) - model.scores(tried)).max() < reach


@pytest.mark.parametrize("classes", [2, 3])
def test_sixteen_bits_decide_nearly_as_the_model_and_take_less_room(
    fitted, rows, tmp_path, classes
):
    model = fitted(Forest, classes)
    small, full = tmp_path / "small", tmp_path / "full"
    for folder in (small, full):
        folder.mkdir()
    scores = _deployed(model, rows, small, "int16").scores(rows)
    _deployed(model, rows, full)
    expected = model.scores(rows)
    assert (_decisions(scores) == _decisions(expected)).mean() > 0.98
    assert np.abs(scores - expected).max() > 0
    assert read_json(small / ABOUT)["data_bytes"] < 0.7 * read_json(full / ABOUT)["data_bytes"]


def test_what_emlearn_does_to_numpy_on_import_is_undone():
    code = (
        "import numpy, idsbench_devices.quantised as q\n"
        "before = numpy.geterr()\n"
        "assert q._emlearn().flatten_forest\n"
        "print(numpy.geterr() == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_rows_far_outside_the_training_range_are_put_to_its_end(fitted, rows, tmp_path):
    model = fitted(partial(DecisionTree, 3))
    program = _deployed(model, rows, tmp_path, "int16")
    far = (1e6 * np.eye(5, dtype=np.float32)) * np.array([1, -1, 1, -1, 1], np.float32)
    assert np.abs(program.scores(far) - model.scores(far)).max() < 0.01


@pytest.mark.parametrize(
    ("build", "dtype", "reason"),
    [
        (
            Logistic,
            "int16",
            "edge-c[dtype=int16] is for trees, and this model multiplies: use edge-c[dtype=float]",
        ),
        (
            Boosting,
            "int16",
            "edge-c[dtype=int16] holds trees that vote with shares of classes, and these add up to "
            "a logit: use edge-c[dtype=float]",
        ),
        (
            IsolationForest,
            "float",
            "edge-c writes C of trees, linear models and small networks, and has none for ONNX's "
            "Div as this model uses it: use edge-onnx",
        ),
    ],
)
def test_a_model_without_that_form_is_skipped_with_the_reason(
    fitted, rows, tmp_path, build, dtype, reason
):
    with pytest.raises(CellSkipped) as caught:
        _deployed(fitted(build), rows, tmp_path, dtype)
    assert str(caught.value) == reason


@pytest.fixture(scope="module")
def tree(gcc, fitted, rows, tmp_path_factory):
    """One tree, built once."""
    folder = tmp_path_factory.mktemp("tree")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c_target, "count_instructions", lambda program, rows: (None, "not asked"))
        return _deployed(fitted(DecisionTree), rows, folder), folder


def test_the_costs_are_the_programs_own(tree, rows):
    program, _ = tree
    costs = program.costs(rows, 0.0, 0.05)
    percentiles = [costs[f"latency_p{share}_us"] for share in (50, 95, 99)]
    assert 0 < percentiles[0] <= percentiles[1] <= percentiles[2]
    assert costs["latency_p50_low_us"] <= percentiles[0] <= costs["latency_p50_high_us"]
    assert costs["latency_calls"] > 1000
    assert costs["throughput_rows_per_s"] > 0
    assert 0 < costs["start_up_s"] < 10
    assert costs["size_bytes"] == costs["code_bytes"] + costs["data_bytes"]
    assert costs["target_detail"]["flags"] == "-std=c99 -Os"
    assert costs["unmeasured"]["energy_uj_per_row"] == "not measured by the program itself"


def test_work_is_as_many_rows_as_fit_into_the_time(tree, rows):
    program, _ = tree
    short, long = (program.work(rows[:200], seconds) for seconds in (0.01, 0.1))
    assert short >= 200
    assert short % 200 == long % 200 == 0, "whole rounds"
    assert long > 2 * short


def test_a_program_that_counts_no_rows_is_one_sentence(tree, rows, monkeypatch):
    program, _ = tree
    monkeypatch.setattr(program, "_run", lambda words, x: b"0\n")
    with pytest.raises(CellError, match=r"^the compiled model gives no number of rows that it"):
        program.work(rows, 0.01)


def test_the_bytes_are_those_of_the_model_alone(tree):
    _, folder = tree
    about = read_json(folder / ABOUT)
    nodes = (folder / "model.h").read_text().count("}") - 3
    assert about["code_bytes"] < 300  # one loop
    assert 8 * nodes <= about["data_bytes"] < 8 * nodes + 100


def test_the_memory_is_the_programs(tree, rows):
    program, _ = tree
    program.scores(rows)
    peak = program.peak_rss_mb()
    assert 0.3 < peak < 8


def test_instructions_are_counted_per_row_and_grow_with_the_trees(fitted, rows, tmp_path):
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not installed")
    counted = []
    for trees in (2, 20):
        folder = tmp_path / str(trees)
        folder.mkdir()
        _deployed(fitted(partial(RandomForest, trees)), rows, folder)
        instructions, reason = count_instructions(folder / "program", rows)
        assert reason == ""
        counted.append(instructions)
    assert 30 < counted[0] < 500
    assert 7 < counted[1] / counted[0] < 13


def test_without_valgrind_there_is_a_reason_instead_of_a_count(tree, rows, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert count_instructions(tree[1] / "program", rows) == (
        None,
        "valgrind is not installed: apt-get install valgrind",
    )


def test_a_count_that_is_missing_is_null_with_its_reason(tree, rows):
    costs = tree[0].costs(rows, 0.0, 0.0)
    assert costs["instructions_per_inference"] is None
    assert costs["unmeasured"]["instructions_per_inference"] == "not asked"


def test_without_a_compiler_the_target_is_absent(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert CTarget("float", "s").absence() == (
        "edge-c needs gcc, which is not on this machine: apt-get install gcc"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("isolation-trees", "isolation trees"),
        ("separable-layers", "depthwise separable convolutions"),
    ],
)
def test_what_no_c_is_written_for_is_refused_in_the_plan(kind, words):
    reason = (
        f"the model 'm' is made of {words}, and C is written of trees that vote or add up, linear "
        "models and small networks: use edge-onnx"
    )
    assert CTarget("float", "s").refusal("m", ("onnx", kind)) == reason
    assert CTarget("int16", "s").refusal("m", ("onnx", kind)) == reason


def test_a_model_without_onnx_is_refused():
    target = CTarget("float", "s")
    assert target.absence() == ""
    assert target.refusal("decision-tree", ("onnx",)) == ""
    assert target.refusal("cnn", ("onnx", "layers")) == ""
    whole = CTarget("int16", "s")
    assert whole.refusal("decision-tree", ("onnx", "trees")) == ""
    assert whole.refusal("logistic", ("onnx", "linear")) == MULTIPLIES
    assert whole.refusal("cnn", ("onnx", "layers")) == MULTIPLIES
    assert whole.refusal("xgboost", ("onnx", "boosted-trees")) == ADDS_UP
    assert target.refusal("kitnet", ()) == (
        "the model 'kitnet' does not export ONNX, of which edge-c writes C"
    )


def _broken(tree, tmp_path, script: str):
    copy = tmp_path / "broken"
    shutil.copytree(tree[1], copy)
    (copy / "program").write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    (copy / "program").chmod(stat.S_IRWXU)
    return CTarget("float", "s").open(None, copy)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("kill -SEGV $$", "the compiled model ended with SIGSEGV"),
        ("exit 3", "the compiled model ended with exit code 3"),
        ("printf 12345", "the compiled model gave 5 bytes of scores for 2 rows of 1"),
    ],
)
def test_a_program_that_fails_is_one_sentence(tree, rows, tmp_path, script, sentence):
    program = _broken(tree, tmp_path, script)
    with pytest.raises(CellError) as caught:
        program.scores(rows[:2])
    assert str(caught.value) == sentence


def test_a_program_that_cannot_be_started_is_one_sentence(tree, rows, tmp_path):
    program = _broken(tree, tmp_path, "")
    (tmp_path / "broken" / "program").unlink()
    with pytest.raises(CellError) as caught:
        program.scores(rows[:2])
    assert str(caught.value) == "the compiled model cannot be started: No such file or directory"


def test_the_source_is_plain_c99_that_any_compiler_takes(tree, tmp_path):
    copy = tmp_path / "elsewhere"
    shutil.copytree(tree[1], copy)
    strict = ["gcc", "-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-I."]
    subprocess.run([*strict, "-c", "model.c", "main.c"], cwd=copy, check=True)
