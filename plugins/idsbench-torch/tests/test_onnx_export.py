"""The ONNX file of a network scores as the network does, whatever the number of rows."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from idsbench.values import Batch
from idsbench_torch.cnn import Cnn
from idsbench_torch.mobilenet import MobileNet
from idsbench_torch.onnx_export import FILE
from idsbench_torch.plugin import CNN, MOBILENET

RNG = np.random.default_rng(0)
CASES = [(CNN, Cnn, 3), (MOBILENET, MobileNet, 1)]


@pytest.mark.parametrize(
    ("component", "build", "channels"), CASES, ids=["cnn in colour", "mobilenet-torch"]
)
def test_the_file_scores_as_the_network_does(component, build, channels, tmp_path):
    x = RNG.random((80, 5, 5, channels), dtype=np.float32)
    y = (x[:, 0, 0, 0] > 0.5).astype(np.int16)
    model = build(**{p.name: p.default for p in component.parameters})
    model.fit(Batch(x, y), Batch(x[:20], y[:20]), np.random.default_rng(1), lambda state: None)
    model.export("onnx", tmp_path, x)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    session = onnxruntime.InferenceSession(tmp_path / FILE, providers=["CPUExecutionProvider"])
    for rows in (1, 2, 80):
        (scores,) = session.run(None, {"x": x[:rows]})
        assert scores.shape == (rows,)
        assert scores == pytest.approx(model.scores(x[:rows]), abs=1e-4)
        assert scores.dtype == np.float64, "in single precision sure rows would lose their order"


def test_the_file_holds_no_notes_of_the_exporter(tmp_path):
    model = Cnn(**{p.name: p.default for p in CNN.parameters} | {"epochs": 1})
    x = RNG.random((40, 6, 6, 1), dtype=np.float32)
    y = (x[:, 0, 0, 0] > 0.5).astype(np.int16)
    model.fit(Batch(x, y), Batch(x[:20], y[:20]), np.random.default_rng(1), lambda state: None)
    model.export("onnx", tmp_path, x)
    content = (tmp_path / FILE).read_bytes()
    assert b".py" not in content
    assert b"stack_trace" not in content
    weights = 4 * model.parameter_count()
    assert weights < len(content) < weights + 4000


def test_each_network_says_what_it_exports():
    formats = ("onnx", "litert", "litert-fp16", "litert-int8")
    assert [component.traits.exports for component in (CNN, MOBILENET)] == [formats, formats]


@pytest.mark.parametrize(
    ("size", "computed"), [(10, False), (12, True)], ids=["twice the side", "no whole factor"]
)
def test_a_whole_factor_of_enlargement_is_a_constant_and_relus_follow_their_convolutions(
    size, computed, tmp_path
):
    x = RNG.random((40, 5, 5, 1), dtype=np.float32)
    y = (x[:, 0, 0, 0] > 0.5).astype(np.int16)
    model = Cnn(**{p.name: p.default for p in CNN.parameters} | {"size": size, "epochs": 1})
    model.fit(Batch(x, y), Batch(x[:20], y[:20]), np.random.default_rng(1), lambda state: None)
    model.export("onnx", tmp_path, x)
    operators = [node.op_type for node in onnx.load(tmp_path / FILE).graph.node]
    assert ("Shape" in operators) == computed
    kept = [name for name in operators if name in ("Conv", "Relu", "MaxPool")]
    assert kept == ["Conv", "Relu", "MaxPool"] * 2 + ["Relu"]
    session = onnxruntime.InferenceSession(tmp_path / FILE, providers=["CPUExecutionProvider"])
    assert session.run(None, {"x": x})[0] == pytest.approx(model.scores(x), abs=1e-6)
