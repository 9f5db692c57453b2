"""A file scores on a device as on this machine's target of its runtime, and tells its whole cost."""

from __future__ import annotations

import ast
import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from idsbench.errors import CellError, RequestError
from idsbench_devices import remote_c, remote_litert, remote_onnx, remote_runner
from idsbench_devices.ssh_target import SshTarget
from idsbench_edge.onnx_target import OnnxTarget
from idsbench_litert.target import LitertTarget

# The writer of small `.tflite` files stands beside the tests of the target that runs them here.
_PLACE = Path(__file__).parents[2] / "idsbench-litert" / "tests" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("litert_conftest", _PLACE)
_WRITER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_WRITER)
write_linear = _WRITER.write_linear

ROWS = np.random.default_rng(0).random((700, _WRITER.WIDTH), dtype=np.float32)
LOCAL = {"onnx": OnnxTarget, "litert": LitertTarget}
FILES = {"onnx": "model.onnx", "litert": "model.tflite"}
PACKAGES = {"onnx": "onnxruntime", "litert": "ai-edge-litert"}


class Product:
    """A model of one matrix product, which exports ONNX and LiteRT files."""

    def __init__(self, write) -> None:
        self.write = write

    def scores(self, x):
        return 1 / (1 + np.exp(-(x @ _WRITER.WEIGHTS[0]).astype(np.float64)))

    def export(self, form: str, out: Path, rows) -> None:
        if form.startswith("litert"):
            self.write(out / "model.tflite", int8=form == "litert-int8")
            return
        nodes = [
            helper.make_node("MatMul", ["x", "w"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["share"]),
            helper.make_node("Squeeze", ["share", "axis"], ["scores"]),
        ]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, _WRITER.WIDTH])
        y = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None])
        held = {"w": _WRITER.WEIGHTS.T.copy(), "axis": np.array([1])}
        constants = [numpy_helper.from_array(value, name) for name, value in held.items()]
        graph = helper.make_graph(nodes, "product", [x], [y], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.save(model, out / "model.onnx")


def _target(device, runtime, precision, host="fine") -> SshTarget:
    return SshTarget(host, None, None, runtime, sys.executable, device.config, 1, precision)


@pytest.fixture
def deployed(device, write_linear, tmp_path):
    """Deploy the model for a runtime there; give the target and the artifact."""

    def deploy(runtime, precision, host="fine"):
        target = _target(device, runtime, precision, host)
        target.deploy(Product(write_linear), tmp_path, ROWS)
        return target, tmp_path

    return deploy


@pytest.mark.parametrize(
    ("runtime", "precision"),
    [("onnx", "int8"), ("litert", "int8"), ("litert", "fp32")],
)
def test_a_device_scores_exactly_as_the_target_of_this_machine(
    deployed, write_linear, tmp_path_factory, runtime, precision
):
    target, artifact = deployed(runtime, precision)
    local, beside = LOCAL[runtime](precision, 1), tmp_path_factory.mktemp("local")
    local.deploy(Product(write_linear), beside, ROWS)
    there, here = target.open(None, artifact), local.open(None, beside)
    assert (there.scores(ROWS) == here.scores(ROWS)).all()
    costs = there.costs(ROWS, 0.0, 0.05)
    assert costs["size_bytes"] == (artifact / FILES[runtime]).stat().st_size
    assert costs["target_detail"]["runtime"].keys() == {PACKAGES[runtime], "numpy"}
    assert 0.02 < costs["start_up_s"] < 60
    assert costs["throughput_batch"] in (1, 4, 16, 64, 256, 700)
    assert costs["throughput_rows_per_s"] > 1e6 / costs["latency_p50_us"] / 2
    there._session.close()


@pytest.mark.parametrize(("runtime", "module"), [("onnx", remote_onnx), ("litert", remote_litert)])
def test_rows_score_alone_as_they_do_together_and_stay_as_they_are(
    write_linear, tmp_path, monkeypatch, runtime, module
):
    _target(SimpleNamespace(config=None), runtime, "fp32").deploy(
        Product(write_linear), tmp_path, ROWS
    )
    monkeypatch.chdir(tmp_path)
    model, given = module.Model({"threads": 1}), ROWS[:30].copy()
    alone = [model.scores(given[i : i + 1]).item() for i in range(len(given))]
    assert alone == pytest.approx(model.scores(given), abs=1e-6)
    assert (given == ROWS[:30]).all()


@pytest.mark.parametrize("runtime", ["onnx", "litert"])
def test_a_corrupt_artifact_is_one_sentence(deployed, runtime):
    target, artifact = deployed(runtime, "fp32")
    (artifact / FILES[runtime]).write_bytes(b"TFL3" * 9)
    with pytest.raises(CellError) as caught:
        target.open(None, artifact)
    said, start = str(caught.value), "fine: loading the artifact failed there: "
    assert said.startswith(start + {"onnx": "InvalidProtobuf: ", "litert": "ValueError: "}[runtime])
    assert "\n" not in said


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"outputs": 2}, "ValueError: it gives 2 numbers a row where one logit is needed"),
        ({"custom": "Nobodys"}, "RuntimeError: Encountered unresolved custom op: Nobodys."),
    ],
)
def test_a_file_that_the_runner_cannot_use_is_one_sentence(deployed, write_linear, file, sentence):
    target, artifact = deployed("litert", "fp32")
    write_linear(artifact / "model.tflite", **file)
    with pytest.raises(CellError) as caught:
        target.open(None, artifact)
    assert str(caught.value).startswith(f"fine: loading the artifact failed there: {sentence}")


def test_rows_of_another_shape_are_one_sentence(deployed):
    target, artifact = deployed("litert", "int8")
    with pytest.raises(CellError) as caught:
        target.open(None, artifact).scores(ROWS[:, :5])
    assert str(caught.value) == (
        "fine: running it failed there: ValueError: the file takes rows of (6,) and is given (5,)"
    )


def test_a_device_without_litert_says_what_to_install(deployed):
    target, artifact = deployed("litert", "int8", "no-library")
    with pytest.raises(CellError) as caught:
        target.open(None, artifact)
    assert str(caught.value) == (
        f"no-library: its {sys.executable} cannot import what edge-ssh needs (no ai_edge_litert "
        "here; no tflite_runtime here): pip install ai-edge-litert there, or where that has no "
        "build pip install tflite-runtime 'numpy<2'"
    )


def test_a_start_that_fails_is_one_sentence():
    model = SimpleNamespace(about={}, rows=None, scores=None)
    started = remote_runner.InProcess(model, "print(1); raise ValueError('no such thing')", {})
    with pytest.raises(RuntimeError) as caught:
        started.start_up_s(ROWS[:1])
    assert str(caught.value) == "a fresh process ended with 1: ValueError: no such thing"


@pytest.fixture
def older(monkeypatch):
    """Put a module in place of the older runtime, and nothing in place of the newer."""
    package, inner = ModuleType("tflite_runtime"), ModuleType("tflite_runtime.interpreter")
    package.__version__, inner.Interpreter = "2.14.0", object()
    found = {"ai_edge_litert": None, package.__name__: package, inner.__name__: inner}
    for name, module in found.items():
        monkeypatch.setitem(sys.modules, name, module)
    return inner


def test_the_older_runtime_is_taken_where_the_newer_is_missing(older):
    assert remote_litert.interpreter() == (older.Interpreter, {"tflite-runtime": "2.14.0"})


def test_an_older_runtime_that_cannot_use_the_numpy_there_says_so(older):
    def interpreter(model_path, num_threads):
        raise SystemError("returned a result with an exception set")

    older.Interpreter = interpreter
    with pytest.raises(ImportError) as caught:
        remote_litert.Model({"threads": 1})
    assert str(caught.value) == f"tflite-runtime 2.14.0 cannot use numpy {np.__version__}"


@pytest.mark.parametrize(
    ("runtime", "precision", "sentence"),
    [
        ("onnx", "fp16", "runtime=onnx has precision=fp32 or int8 only"),
        ("c", "fp16", "runtime=c has precision=fp32 only"),
        ("c", "int8", "runtime=c has precision=fp32 only"),
    ],
)
def test_a_precision_that_a_runtime_has_not_is_refused(runtime, precision, sentence):
    expected = f"edge-ssh[runtime={runtime},precision={precision}]: {sentence}"
    with pytest.raises(RequestError) as caught:
        SshTarget("pi", None, None, runtime, "python3", None, 1, precision)
    assert str(caught.value) == expected
    # Without a device the question is what would be hosted.
    nowhere = SshTarget(None, None, None, runtime, "python3", None, 1, precision)
    assert nowhere.refusal("cnn", ("onnx", "litert-fp16", "litert-int8")) == expected


@pytest.mark.parametrize(
    ("runtime", "precision", "formats", "sentence"),
    [
        ("onnx", "int8", ("onnx", "layers"), ""),
        ("litert", "fp16", ("litert-fp16",), ""),
        (
            "onnx",
            "int8",
            ("onnx", "trees"),
            "edge-ssh[precision=int8] applies to Conv, MatMul, Gemm and the model 'm' is made of "
            "trees, whose numbers stay in single precision: use edge-ssh[precision=fp32]",
        ),
        (
            "litert",
            "int8",
            ("onnx", "layers"),
            "the model 'm' does not export litert-int8, which edge-ssh[runtime=litert,"
            "precision=int8] copies to the device: use edge-ssh[runtime=onnx]",
        ),
        (
            "litert",
            "fp32",
            (),
            "the model 'm' does not export litert, which edge-ssh[runtime=litert,precision=fp32] "
            "copies to the device",
        ),
    ],
)
def test_a_model_without_the_format_is_refused_with_what_hosts_it(
    runtime, precision, formats, sentence
):
    target = SshTarget("pi", None, None, runtime, "python3", None, 1, precision)
    assert target.refusal("m", formats) == sentence


def test_throughput_is_of_the_batch_that_is_best():
    def scores(rows):
        time.sleep(0.001 if len(rows) <= 64 else 0.1)

    rate, batch = remote_runner.throughput(scores, ROWS, 0.005)
    assert batch == 64
    assert 5_000 < rate <= 64_000


def test_batches_grow_no_further_once_a_call_is_slow():
    seen = []

    def scores(rows):
        seen.append(len(rows))
        time.sleep(0.002 * len(rows))

    remote_runner.throughput(scores, ROWS, 0.005)
    assert set(seen) == {1, 4}
    assert seen.count(4) == 1 + remote_runner.SLOW_CALLS


@pytest.mark.parametrize("module", [remote_c, remote_litert, remote_onnx, remote_runner])
def test_what_is_sent_is_python_3_8_and_imports_nothing_of_this_machine(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    tops = {name.partition(".")[0] for name in names}
    allowed = {"numpy", "onnxruntime", "ai_edge_litert", "tflite_runtime"}
    assert tops <= allowed | sys.stdlib_module_names
    assert module is not remote_runner or not tops & allowed
