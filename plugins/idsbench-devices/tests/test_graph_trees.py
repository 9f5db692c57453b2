"""Tree ensembles of ONNX become trees that decide as ONNX Runtime does, also at a threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from idsbench.errors import CellSkipped
from idsbench_devices.c_target import CTarget

EDGE = np.float32(0.1)
ROWS = np.array(
    [[EDGE], [np.nextafter(EDGE, np.float32(1))], [np.nextafter(EDGE, np.float32(-1))], [5], [-5]],
    dtype=np.float32,
)


class Exported:
    """One split at 0.1 whose leaves say -1 and 2, and operators behind it."""

    def __init__(self, mode: str, tail, constants, aggregate: str = "SUM") -> None:
        trees = helper.make_node(
            "TreeEnsembleRegressor",
            ["x"],
            ["sums"],
            domain="ai.onnx.ml",
            n_targets=1,
            aggregate_function=aggregate,
            nodes_treeids=[0, 0, 0],
            nodes_nodeids=[0, 1, 2],
            nodes_featureids=[0, 0, 0],
            nodes_modes=[mode, "LEAF", "LEAF"],
            nodes_values=[float(EDGE), 0.0, 0.0],
            nodes_truenodeids=[1, 0, 0],
            nodes_falsenodeids=[2, 0, 0],
            target_treeids=[0, 0],
            target_nodeids=[1, 2],
            target_ids=[0, 0],
            target_weights=[-1.0, 2.0],
        )
        graph = helper.make_graph(
            [trees, *tail],
            "trees",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
        self.model = helper.make_model(graph, opset_imports=opsets)
        self.model.ir_version = 9

    def export(self, form: str, out: Path, rows) -> None:
        onnx.save(self.model, out / "model.onnx")

    def scores(self, x):
        session = onnxruntime.InferenceSession(
            self.model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        return session.run(None, {"x": x})[0]


def _second(place: int = 2):
    """The tail of boosted trees of two classes, padded by a column on the left."""
    node = helper.make_node
    tail = [
        node("Add", ["sums", "start"], ["raw"]),
        node("Sigmoid", ["raw"], ["second"]),
        node("Sub", ["one", "second"], ["first"]),
        node("Concat", ["first", "second"], ["shares"], axis=1),
        node("Pad", ["shares", "around"], ["padded"]),
        node("Gather", ["padded", "place"], ["scores"], axis=1),
    ]
    constants = {
        "start": np.array([0.25], np.float32),
        "one": np.array(1, np.float32),
        "around": np.array([0, 1, 0, 0]),
        "place": np.array(place),
    }
    return tail, constants


@pytest.mark.usefixtures("gcc", "uncounted")
@pytest.mark.parametrize("mode", ["BRANCH_LEQ", "BRANCH_LT"])
def test_a_row_at_a_threshold_goes_where_onnx_runtime_sends_it(tmp_path, mode):
    model = Exported(mode, *_second())
    target = CTarget("float", "s")
    target.deploy(model, tmp_path, ROWS)
    scores = target.open(None, tmp_path).scores(ROWS)
    assert np.abs(scores - model.scores(ROWS)).max() < 1e-6
    assert len(set(scores.round(3))) == 2


def test_scores_of_the_other_class_are_not_mistaken_for_the_attacks(tmp_path):
    with pytest.raises(CellSkipped) as caught:
        CTarget("float", "s").deploy(Exported("BRANCH_LEQ", *_second(1)), tmp_path, ROWS)
    assert str(caught.value) == (
        "edge-c writes C of trees, linear models and small networks, and has none for ONNX's "
        "Gather as this model uses it: use edge-onnx"
    )


@pytest.mark.parametrize(("mode", "aggregate"), [("BRANCH_EQ", "SUM"), ("BRANCH_LEQ", "MAX")])
def test_trees_that_work_in_another_way_are_refused(tmp_path, mode, aggregate):
    with pytest.raises(CellSkipped) as caught:
        CTarget("float", "s").deploy(Exported(mode, *_second(), aggregate), tmp_path, ROWS)
    assert str(caught.value) == (
        "edge-c writes C of trees that compare with BRANCH_LEQ or BRANCH_LT and add up, and this "
        "model's TreeEnsembleRegressor works in another way: use edge-onnx"
    )
