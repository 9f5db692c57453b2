"""A device is scored and timed where it is; whatever goes wrong there is one sentence here."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from idsbench.errors import CellError, CellSkipped, RequestError
from idsbench.record import machine
from idsbench_devices import ssh_session
from idsbench_devices.build import compile_program
from idsbench_devices.ssh_target import SshTarget
from idsbench_sklearn.decision_tree import DecisionTree
from idsbench_sklearn.random_forest import RandomForest

OPEN = {"ok": True, "bytes": 0, "device": {"board": "Board 1"}, "runtime": {}}
PART = {"p50_ns": 1, "p95_ns": 2, "p99_ns": 3, "calls": 4}
TIMED = {"windows": [PART] * 5, "all": PART, "rows_per_s": 5, "batch": 4, "start_up_s": 0.5}


def _target(device, host="fine", runtime="onnx", python=sys.executable) -> SshTarget:
    return SshTarget(host, None, None, runtime, python, device.config, 1)


@pytest.fixture(scope="module")
def tree(fitted, rows, tmp_path_factory):
    """One tree with its artifact of each runtime."""
    model = fitted(DecisionTree)
    folders = {}
    for runtime in ("onnx", "c"):
        folders[runtime] = tmp_path_factory.mktemp(runtime)
        target = SshTarget("fine", None, None, runtime, "python3", None, 1)
        target.deploy(model, folders[runtime], rows[:300])
    return model, folders


def _opened(device, tree, host, runtime="onnx", **more):
    return _target(device, host, runtime, **more).open(None, tree[1][runtime])


def _left(device) -> list[Path]:
    """Give the temporary folders on the device; a shell may need a moment to remove one."""
    for _ in range(100):
        left = list(device.remote.glob("tmp.*"))
        if not left:
            break
        time.sleep(0.05)
    return left


def _size(artifact: Path, runtime: str, folder: Path) -> int:
    """Give the bytes of the ONNX file; or those of the C compiled here, which is the device."""
    if runtime == "onnx":
        return (artifact / "model.onnx").stat().st_size
    shutil.copytree(artifact, folder / "again")
    found = compile_program(folder / "again", "s")
    return found["code_bytes"] + found["data_bytes"]


@pytest.mark.usefixtures("gcc")
@pytest.mark.parametrize("runtime", ["onnx", "c"])
def test_a_device_scores_as_the_model_does_and_tells_its_costs(
    device, tree, rows, runtime, tmp_path
):
    scorer = _opened(device, tree, "fine", runtime)
    scores = scorer.scores(rows)
    assert np.abs(scores - tree[0].scores(rows)).max() < 1e-6
    costs = scorer.costs(rows, 0.0, 0.05)
    percentiles = [costs[f"latency_p{share}_us"] for share in (50, 95, 99)]
    assert 0 < percentiles[0] <= percentiles[1] <= percentiles[2]
    assert costs["throughput_rows_per_s"] > 0
    assert costs["throughput_batch"] > 1 if runtime == "onnx" else costs["throughput_batch"] == 1
    assert costs["start_up_s"] > {"onnx": 0.02, "c": 0}[runtime]
    assert costs["machine"] == machine()  # this device is this machine
    assert costs["target_detail"]["device"]["system"] == "Linux"
    assert costs["size_bytes"] == _size(tree[1][runtime], runtime, tmp_path)
    low, high = {"onnx": (20, 400), "c": (0.3, 8)}[runtime]
    assert low < scorer.peak_rss_mb() < high
    assert len(list(device.remote.glob("tmp.*"))) == 1
    scorer._session.close()
    assert _left(device) == []


def test_several_classes_come_back_as_columns(device, fitted, rows, tmp_path):
    model = fitted(partial(RandomForest, 3), 3)
    target = _target(device)
    target.deploy(model, tmp_path, rows[:300])
    scorer = target.open(None, tmp_path)
    assert np.abs(scorer.scores(rows[:50]) - model.scores(rows[:50])).max() < 1e-6
    scorer._session.close()


def test_a_login_script_that_greets_is_passed_over(device, tree, rows):
    scorer = _opened(device, tree, "chatty")
    assert len(scorer.scores(rows[:3])) == 3
    scorer._session.close()


TROUBLES = {
    "garbage": "garbage gives no usable answer: its answer has no line end in 65536 bytes",
    "endless": "endless gives no usable answer: it does not stop greeting",
    "no-folder": "no-folder cannot make a temporary folder: is its disk full?",
    "unknown-key": "unknown-key: its host key is unknown or has changed: connect once with ssh, "
    "compare the fingerprint, then run again",
    "changed-key": "changed-key: its host key is unknown or has changed: connect once with ssh, "
    "compare the fingerprint, then run again",
    "nosuchhost.invalid": "nosuchhost.invalid cannot be reached by ssh, or was cut off (ssh: Could "
    "not resolve hostname nosuchhost.invalid: Name or service not known)",
}


@pytest.mark.parametrize("host", TROUBLES)
def test_a_device_that_cannot_be_used_is_one_sentence_and_leaves_nothing(device, tree, host):
    with pytest.raises(CellError) as caught:
        _opened(device, tree, host)
    assert str(caught.value).partition(" (bash")[0] == TROUBLES[host]
    assert _left(device) == []


@pytest.mark.parametrize(
    ("host", "start"),
    [
        ("nobody", "nobody cannot be reached by ssh, or was cut off (ssh: connect to host "),
        ("stranger", "stranger cannot be reached by ssh, or was cut off ("),
    ],
)
def test_a_device_that_refuses_is_one_sentence_with_what_ssh_said(device, tree, host, start):
    with pytest.raises(CellError) as caught:
        _opened(device, tree, host)
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(("Connection refused)", "(publickey).)", "interactive).)"))


def test_a_device_without_that_python_says_what_to_do(device, tree):
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "fine", python="python2.9")
    assert str(caught.value) == (
        "fine has no python2.9: install it there, or name another with edge-ssh[python=…]"
    )


def test_a_device_without_onnxruntime_says_what_to_do(device, tree):
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "no-library")
    assert str(caught.value) == (
        f"no-library: its {sys.executable} cannot import what edge-ssh needs (no onnxruntime "
        "here): pip install onnxruntime there, or use edge-ssh[runtime=c]"
    )


@pytest.mark.usefixtures("gcc")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(device, tree):
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "small", "c")
    assert str(caught.value) == (
        "small: copying the artifact failed there: OSError: [Errno 27] File too large"
    )
    assert _left(device) == []


def test_a_device_that_falls_silent_is_waited_for_no_longer_than_agreed(device, tree, monkeypatch):
    monkeypatch.setattr(ssh_session, "PATIENCE_S", 1.0)
    began = time.monotonic()
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "silent")
    assert str(caught.value) == "silent gives no usable answer: it did nothing for 1 s"
    assert time.monotonic() - began < 15


def test_a_connection_that_is_cut_is_one_sentence_and_leaves_nothing(device, tree, rows):
    scorer = _opened(device, tree, "fine")
    assert len(scorer.scores(rows[:3])) == 3
    for child in psutil.Process(device.server).children():
        child.kill()
    with pytest.raises(CellError) as caught:
        scorer.scores(rows[:3])
    assert str(caught.value).startswith("fine cannot be reached by ssh, or was cut off")
    assert _left(device) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (["[1, 2]"], "its answer is not what the runner gives"),
        (["{"], "its answer is not JSON"),
        (['{"ok": true, "bytes": 7}'], "it answers 7 bytes where 0 are due"),
        (['{"ok": true, "bytes": true}'], "its answer is not what the runner gives"),
        ([], "it ended without an answer"),
    ],
)
def test_answers_that_are_none_are_said(device, tree, said, sentence):
    device.answers(said)
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "liar")
    assert str(caught.value) == f"liar gives no usable answer: {sentence}"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"windows": [PART]}, "liar gives no times of 5 windows"),
        ({"windows": [PART] * 4 + [7]}, "liar gives calls that is no number"),
        ({"all": {**PART, "p99_ns": True}}, "liar gives p99_ns that is no number"),
        ({"rows_per_s": -1.0}, "liar gives rows_per_s that is not above 0"),
        ({"batch": None}, "liar gives batch that is no number"),
        ({"start_up_s": 0}, "liar gives start_up_s that is not above 0"),
    ],
)
def test_figures_that_are_none_are_refused(device, tree, rows, changed, sentence):
    timed = {
        "ok": True,
        "bytes": 0,
        "timed": {**TIMED, **changed},
    }
    device.answers([json.dumps(said) for said in ({"ok": True, "bytes": 0}, OPEN, timed)])
    scorer = _opened(device, tree, "liar")
    with pytest.raises(CellError) as caught:
        scorer.costs(rows, 0.0, 0.0)
    assert str(caught.value) == sentence
    scorer._session.close()


def test_what_a_device_says_of_itself_is_plain_text(device, tree):
    said = {**OPEN, "device": {"board": "\x1b[31mred\n" + "x" * 500, "cpu": ["a"], "evil": "no"}}
    device.answers([json.dumps(one) for one in ({"ok": True, "bytes": 0}, said)])
    scorer = _opened(device, tree, "liar")
    assert scorer._device == {"board": "[31mred " + "x" * 112, "cpu": "['a']"}
    scorer._session.close()


def test_an_error_that_the_device_reports_is_one_plain_sentence(device, tree):
    said = {"ok": False, "bytes": 0, "kind": "RuntimeError", "error": "line 1\nline\x1b 2"}
    device.answers([json.dumps({"ok": True, "bytes": 0}), json.dumps(said)])
    with pytest.raises(CellError) as caught:
        _opened(device, tree, "liar")
    assert str(caught.value) == (
        "liar: loading the artifact failed there: RuntimeError: line 1 line 2"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host", "-oProxyCommand=evil"),
        ("host", "a b"),
        ("host", "a;reboot"),
        ("host", "a\nb"),
        ("host", ""),
        ("user", "-x"),
        ("user", "$(id)"),
        ("python", "python3 -c x"),
        ("python", "-V"),
        ("python", "$(reboot)"),
        ("config", "-evil"),
    ],
)
def test_a_text_that_ssh_or_a_shell_could_misread_is_refused(name, text):
    given = {"host": "pi", "user": None, "python": "python3", "config": None, name: text}
    with pytest.raises(RequestError) as caught:
        SshTarget(given["host"], None, given["user"], "onnx", given["python"], given["config"], 1)
    kinds = {
        "host": "a name or an address",
        "user": "a user's name",
        "python": "a program's name or path",
        "config": "a file's path",
    }
    assert str(caught.value) == f"edge-ssh[{name}={text!r}]: expected {kinds[name]}"


def test_host_keys_are_checked_and_nothing_is_asked():
    words = ssh_session.Device("pi", 2222, "me", "python3", None).command()
    assert words[0] == "ssh"
    assert words[-2] == "pi"
    assert words[-3] == "--"
    for option in ("BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10"):
        assert words[words.index(option) - 1] == "-o"


def test_without_a_device_the_target_is_absent():
    assert SshTarget(None, None, None, "onnx", "python3", None, 1).absence() == (
        "edge-ssh needs a device: name one with edge-ssh[host=NAME]"
    )


def test_a_model_without_onnx_is_refused():
    target = SshTarget("pi", None, None, "onnx", "python3", None, 1)
    assert target.refusal("decision-tree", ("onnx",)) == ""
    assert target.refusal("kitnet", ()) == (
        "the model 'kitnet' does not export ONNX, which edge-ssh copies to the device"
    )


def test_what_has_no_int8_form_is_skipped_with_what_to_use_here(tree, rows, tmp_path):
    target = SshTarget("pi", None, None, "onnx", "python3", None, 1, "int8")
    with pytest.raises(CellSkipped) as caught:
        target.deploy(tree[0], tmp_path, rows[:300])
    assert str(caught.value) == (
        "edge-ssh[precision=int8] applies to Conv, MatMul, Gemm and the model is a "
        "TreeEnsembleClassifier, whose numbers stay in single precision: "
        "use edge-ssh[precision=fp32]"
    )


def test_a_relative_python_is_looked_for_where_ssh_logs_in(device, tree, rows):
    relative = os.path.relpath(sys.executable, Path.home())
    scorer = _opened(device, tree, "fine", python=relative)
    assert len(scorer.scores(rows[:3])) == 3
    scorer._session.close()
