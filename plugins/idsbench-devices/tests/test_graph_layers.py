"""Networks' operators become layers that compute what ONNX Runtime computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from idsbench.errors import CellSkipped
from idsbench_devices.c_target import CTarget

RNG = np.random.default_rng(3)
IMAGES = RNG.normal(size=(40, 6, 5, 2)).astype(np.float32)


def _graph(nodes, constants, shape, scores):
    return helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, *shape])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, scores)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )


class Exported:
    """A model that is nothing but its graph."""

    def __init__(self, graph) -> None:
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        self.model.ir_version = 9

    def export(self, form: str, out: Path, rows) -> None:
        assert form == "onnx"
        onnx.save(self.model, out / "model.onnx")

    def scores(self, x):
        session = onnxruntime.InferenceSession(
            self.model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        return session.run(None, {"x": x})[0]


def _weights(*shape):
    return (RNG.normal(size=shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def _convolutional(activation, pool, stride, pads):
    """Enlarge, convolve, pool, flatten, dense, softmax over three classes."""
    node = helper.make_node
    nodes = [
        node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        node("Shape", ["planes"], ["n"], start=0, end=2),
        node("Concat", ["n", "sides"], ["sizes"], axis=0),
        node(
            "Resize",
            ["planes", "", "", "sizes"],
            ["large"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        node("Conv", ["large", "k", "kb"], ["conv"], strides=[stride] * 2, pads=pads),
        node(activation, ["conv"], ["active"]),
        node(pool, ["active"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["pooled"], ["flat"], axis=1),
        node("Gemm", ["flat", "w", "wb"], ["logits"], transB=1),
        node("Softmax", ["logits"], ["scores"], axis=1),
    ]
    high, wide = ((side + pads[i] + pads[i + 2] - 3) // stride + 1 for i, side in enumerate((9, 8)))
    flat = 4 * (high // 2) * (wide // 2)
    constants = {
        "sides": np.array([9, 8], dtype=np.int64),
        "k": _weights(4, 2, 3, 3),
        "kb": _weights(4),
        "w": _weights(3, flat),
        "wb": _weights(3),
    }
    return Exported(_graph(nodes, constants, (6, 5, 2), [None, 3]))


@pytest.mark.usefixtures("gcc", "uncounted")
@pytest.mark.parametrize(
    ("activation", "pool", "stride", "pads"),
    [
        ("Relu", "MaxPool", 1, [1, 1, 1, 1]),
        ("Tanh", "AveragePool", 2, [0, 0, 1, 1]),
        ("Elu", "MaxPool", 1, [0, 0, 0, 0]),
    ],
)
def test_a_convolutional_network_scores_as_onnx_runtime_does(
    tmp_path, activation, pool, stride, pads
):
    model = _convolutional(activation, pool, stride, pads)
    target = CTarget("float", "s")
    target.deploy(model, tmp_path, IMAGES)
    assert np.abs(target.open(None, tmp_path).scores(IMAGES) - model.scores(IMAGES)).max() < 1e-5


@pytest.mark.usefixtures("gcc", "uncounted")
def test_one_of_several_outputs_is_taken(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=1),
        helper.make_node("Gather", ["shares", "attack"], ["scores"], axis=1),
    ]
    constants = {"w": _weights(4, 2), "attack": np.array(1)}
    model = Exported(_graph(nodes, constants, (4,), [None]))
    rows = RNG.normal(size=(30, 4)).astype(np.float32)
    target = CTarget("float", "2")
    target.deploy(model, tmp_path, rows)
    assert np.abs(target.open(None, tmp_path).scores(rows) - model.scores(rows)).max() < 1e-6


@pytest.mark.parametrize(
    ("operator", "options"),
    [
        ("Sin", {}),
        ("Elu", {"alpha": 0.5}),
        ("Conv", {"group": 2}),
        ("Conv", {"dilations": [2, 2]}),
        ("MaxPool", {"kernel_shape": [2, 2], "ceil_mode": 1}),
        ("Transpose", {"perm": [0, 2, 1, 3]}),
    ],
)
def test_an_operator_that_no_c_is_written_for_is_named(tmp_path, operator, options):
    inputs = ["planes", "k"] if operator == "Conv" else ["planes"]
    nodes = [
        helper.make_node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(operator, inputs, ["scores"], **options),
    ]
    model = Exported(_graph(nodes, {"k": _weights(4, 2, 3, 3)}, (6, 5, 2), [None]))
    with pytest.raises(CellSkipped) as caught:
        CTarget("float", "s").deploy(model, tmp_path, IMAGES)
    assert str(caught.value) == (
        "edge-c writes C of trees, linear models and small networks, and has none for ONNX's "
        f"{operator} as this model uses it: use edge-onnx"
    )


def _of_keras(scale):
    """A network as tf2onnx writes Keras': shapes computed, pixels before channels when flattened."""
    node = helper.make_node
    nodes = [
        node("Reshape", ["x", "planes"], ["image"]),
        node(
            "Resize",
            ["image", "", "scales"],
            ["large"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        node("Conv", ["large", "k", "kb"], ["conv"], pads=[1, 1, 1, 1]),
        node("Relu", ["conv"], ["active"]),
        node("Transpose", ["active"], ["pixels"], perm=[0, 2, 3, 1]),
        node("Shape", ["active"], ["sides"]),
        node("Slice", ["sides", "zero", "one"], ["n"]),
        node("Concat", ["n", "rest"], ["flat"], axis=0),
        node("Cast", ["flat"], ["shape"], to=TensorProto.INT64),
        node("Reshape", ["pixels", "shape"], ["row"]),
        node("MatMul", ["row", "w"], ["product"]),
        node("Add", ["product", "wb"], ["logits"]),
        node("Slice", ["logits", "zero", "one", "one"], ["first"]),
        node("Squeeze", ["first", "one"], ["logit"]),
        node("Sigmoid", ["logit"], ["scores"]),
    ]
    flat = 3 * int(6 * scale) * 12
    constants = {
        "planes": np.array([-1, 1, 6, 5]),
        "scales": np.array([1, 1, scale, 2.4], dtype=np.float32),
        "k": _weights(3, 1, 3, 3),
        "kb": _weights(3),
        "zero": np.array([0]),
        "one": np.array([1]),
        "rest": np.array([flat]),
        "w": _weights(flat, 1),
        "wb": _weights(1),
    }
    return Exported(_graph(nodes, constants, (6, 5, 1), [None]))


@pytest.mark.usefixtures("gcc", "uncounted")
def test_a_network_of_keras_scores_as_onnx_runtime_does(tmp_path):
    images = np.ascontiguousarray(IMAGES[:, :, :, :1])
    model, target = _of_keras(2.0), CTarget("float", "s")
    target.deploy(model, tmp_path, images)
    assert np.abs(target.open(None, tmp_path).scores(images) - model.scores(images)).max() < 1e-5


def test_an_enlarging_that_rounds_otherwise_than_whole_numbers_is_refused(tmp_path):
    options = {
        "mode": "nearest",
        "nearest_mode": "floor",
        "coordinate_transformation_mode": "asymmetric",
    }
    nodes = [
        helper.make_node("Transpose", ["x"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Resize", ["planes", "", "scales"], ["scores"], **options),
    ]
    scales = np.array([1, 1, 16 / 14, 1], dtype=np.float32)
    model = Exported(_graph(nodes, {"scales": scales}, (14, 5, 1), [None, 1, 16, 5]))
    rows = np.zeros((3, 14, 5, 1), np.float32)
    with pytest.raises(CellSkipped) as caught:
        CTarget("float", "s").deploy(model, tmp_path, rows)
    assert str(caught.value).endswith(
        "has none for ONNX's Resize as this model uses it: use edge-onnx"
    )
