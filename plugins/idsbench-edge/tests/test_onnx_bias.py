"""Corrected biases give every product of a quantised graph the mean that it has in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from idsbench_edge import onnx_bias, onnx_int8
from idsbench_edge.onnx_parts import tensors_of

RNG = np.random.default_rng(0)
# Long tails, as captured columns have them: most rows are alike, and rounded alike.
ROWS = np.full((200, 1, 6, 6), 0.0098, np.float32)
ROWS[::20] = RNG.random((10, 1, 6, 6))


def network(path: Path) -> None:
    """Two convolutions, the first without a bias and with a residual around the second, then Gemm."""
    w1 = RNG.normal(size=(8, 1, 3, 3)).astype(np.float32)
    w2 = (RNG.normal(size=(8, 8, 3, 3)) / 8).astype(np.float32)
    w3 = (RNG.normal(size=(8, 1)) / 3).astype(np.float32)
    b2 = RNG.normal(size=8).astype(np.float32)
    given = {"w1": w1, "w2": w2, "b2": b2, "w3": w3, "six": np.float32(6), "zero": np.float32(0)}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("Clip", ["c1", "zero", "six"], ["a1"]),
        helper.make_node("Conv", ["a1", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["a2"]),
        helper.make_node("Add", ["a1", "a2"], ["sum"]),
        helper.make_node("GlobalAveragePool", ["sum"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w3"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 6, 6])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in given.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.checker.check_model(model)
    onnx.save(model, path)


def products(path: Path) -> dict[str, np.ndarray]:
    """The channel means of what each product gives, over ROWS."""
    model = onnx.load(path)
    names = [node.output[0] for node in model.graph.node if node.op_type in onnx_bias.WITH_BIAS]
    values = tensors_of(model, names, {"x": ROWS})
    return [value.mean(axis=(0, *range(2, value.ndim)), dtype=np.float64) for value in values]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The network in single precision, in int8 without, and in int8 with corrected biases."""
    folder = tmp_path_factory.mktemp("networks")
    paths = [folder / name for name in ("exact.onnx", "plain.onnx", "corrected.onnx")]
    network(paths[0])
    for path, correct in zip(paths[1:], (False, True), strict=True):
        path.write_bytes(paths[0].read_bytes())
        with pytest.MonkeyPatch.context() as patch:
            if not correct:
                patch.setattr(onnx_int8, "correct_biases", lambda *given: None)
            onnx_int8.quantise(path, ROWS)
    return paths


def test_every_product_has_its_exact_mean_to_a_step_of_its_bias(files):
    exact, plain, corrected = map(products, files)
    assert len(exact) == len(corrected) == 3
    for wanted, before, after in zip(exact, plain, corrected, strict=True):
        assert np.abs(after - wanted).max() < np.abs(before - wanted).max() / 20


def test_scores_come_nearer_to_those_in_single_precision(files):
    exact, plain, corrected = (tensors_of(onnx.load(p), ["scores"], {"x": ROWS})[0] for p in files)
    assert np.abs(corrected - exact).mean() < np.abs(plain - exact).mean() / 2


def test_large_images_are_corrected_with_fewer_rows(files, monkeypatch):
    """A tensor of the network has 288 numbers a row, so a limit of 2,880 leaves 10 of 200 rows."""
    seen = []
    monkeypatch.setattr(onnx_bias, "MOST_NUMBERS", 2880)
    monkeypatch.setattr(
        onnx_bias, "_through", lambda model, names, rows, change: seen.append(len(rows))
    )
    model = onnx.load(files[0])
    onnx_bias.give_biases(model)
    quantised = onnx.load(files[1])
    onnx_bias.correct_biases(model, quantised, ROWS)
    assert seen == [10, 10]


def test_a_bias_of_zeros_changes_no_score(files):
    model = onnx.load(files[0])
    before = tensors_of(model, ["scores"], {"x": ROWS})[0]
    onnx_bias.give_biases(model)
    assert [len(n.input) for n in model.graph.node if n.op_type in onnx_bias.WITH_BIAS] == [3] * 3
    assert np.array_equal(tensors_of(model, ["scores"], {"x": ROWS})[0], before)
