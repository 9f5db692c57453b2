"""A model's ONNX file scores as the model does, in single precision and nearly so in int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from idsbench.errors import CellError, CellSkipped
from idsbench_edge.onnx_target import FILE, OnnxTarget
from idsbench_edge.tree_ensemble import Ensemble, Tree, write_trees
from idsbench_edge.tree_scores import of_margins

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(6, 1)).astype(np.float32)
ROWS = RNG.normal(size=(300, 6)).astype(np.float32)


def _expected(x):
    return 1 / (1 + np.exp(-(x @ WEIGHTS)[:, 0].astype(np.float64)))


class Linear:
    """A model of one matrix product, written as an ONNX graph."""

    def __init__(self, operators: str = "product") -> None:
        self.operators = operators

    def export(self, form: str, out: Path, rows) -> None:
        assert form == "onnx"
        assert rows is ROWS
        product = helper.make_node("MatMul", ["x", "w"], ["logit"])
        if self.operators == "none":
            product = helper.make_node("ReduceSum", ["x", "axis"], ["logit"], keepdims=1)
        graph = helper.make_graph(
            [
                product,
                helper.make_node("Sigmoid", ["logit"], ["share"]),
                helper.make_node("Squeeze", ["share", "axis"], ["scores"]),
            ],
            "linear",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 6])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None])],
            [numpy_helper.from_array(WEIGHTS, "w"), numpy_helper.from_array(np.array([1]), "axis")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.save(model, out / FILE)


@pytest.mark.parametrize("threads", [1, 2])
def test_single_precision_scores_are_those_of_the_model(tmp_path, threads):
    target = OnnxTarget("fp32", threads)
    target.deploy(Linear(), tmp_path, ROWS)
    scores = target.open(None, tmp_path).scores(ROWS)
    assert (scores.dtype, scores.shape) == (np.float64, (300,))
    assert np.allclose(scores, _expected(ROWS), atol=1e-6)


def test_int8_scores_are_near_and_the_weights_are_bytes(tmp_path):
    target = OnnxTarget("int8", 1)
    target.deploy(Linear(), tmp_path, ROWS)
    scores = target.open(None, tmp_path).scores(ROWS)
    error = np.abs(scores - _expected(ROWS)).max()
    assert 0 < error < 0.05
    kinds = {tensor.data_type for tensor in onnx.load(tmp_path / FILE).graph.initializer}
    assert TensorProto.INT8 in kinds
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_one_row_scores_as_it_does_among_others(tmp_path):
    target = OnnxTarget("fp32", 1)
    target.deploy(Linear(), tmp_path, ROWS)
    scorer = target.open(None, tmp_path)
    assert scorer.scores(ROWS[7:8]) == pytest.approx(scorer.scores(ROWS)[7:8], abs=1e-7)


def test_single_rows_in_memory_that_may_not_be_written_are_scored_and_left_as_they_are(tmp_path):
    target = OnnxTarget("fp32", 1)
    target.deploy(Linear(), tmp_path, ROWS)
    rows = ROWS.copy()
    rows.flags.writeable = False
    scorer = target.open(None, tmp_path)
    found = [scorer.scores(rows[place : place + 1])[0] for place in range(50)]
    assert found == pytest.approx(_expected(ROWS[:50]), abs=1e-6)
    assert np.array_equal(rows, ROWS)


def test_single_rows_of_another_shape_are_refused_before_and_after_right_ones(tmp_path):
    target = OnnxTarget("fp32", 1)
    target.deploy(Linear(), tmp_path, ROWS)
    scorer = target.open(None, tmp_path)
    for _ in range(2):
        with pytest.raises(Exception, match="Got: 5 Expected: 6"):
            scorer.scores(ROWS[:1, :5])
        assert scorer.scores(ROWS[:1]) == pytest.approx(_expected(ROWS[:1]), abs=1e-6)


def test_a_graph_that_int8_does_not_apply_to_is_skipped_with_that_reason(tmp_path):
    with pytest.raises(CellSkipped) as caught:
        OnnxTarget("int8", 1).deploy(Linear("none"), tmp_path, ROWS)
    assert str(caught.value) == (
        "edge-onnx[precision=int8] applies to Conv, MatMul, Gemm and the model's graph has only "
        "ReduceSum, Sigmoid, Squeeze: use edge-onnx[precision=fp32]"
    )


def test_trees_have_no_int8_form_and_the_reason_says_so(tmp_path):
    none = np.array([-1])
    zero = none + 1
    leaf = Tree(zero, np.zeros(1), none, none, zero > 0, zero, zero, np.ones(1))

    class Trees:
        def export(self, form: str, out: Path, rows) -> None:
            write_trees(Ensemble([leaf], np.zeros(1)), 6, of_margins((0, 1), 2), out)

    with pytest.raises(CellSkipped) as caught:
        OnnxTarget("int8", 1).deploy(Trees(), tmp_path, ROWS)
    assert str(caught.value) == (
        "edge-onnx[precision=int8] applies to Conv, MatMul, Gemm and the model is a "
        "TreeEnsembleRegressor, whose numbers stay in single precision: "
        "use edge-onnx[precision=fp32]"
    )


def test_a_corrupt_file_is_one_sentence(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a graph")
    with pytest.raises(CellError, match=r"^ONNX Runtime cannot load model\.onnx: ") as caught:
        OnnxTarget("fp32", 1).open(None, tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value), "records name no folder of a machine"


def test_a_model_without_onnx_is_refused():
    target = OnnxTarget("fp32", 1)
    assert target.absence() == ""
    assert target.refusal("cnn", ("onnx",)) == ""
    assert target.refusal("cnn", ("litert",)) == (
        "the model 'cnn' does not export ONNX, which edge-onnx runs"
    )


@pytest.mark.parametrize(
    ("made_of", "whole"),
    [
        ("trees", "made of trees"),
        ("boosted-trees", "made of trees"),
        ("linear", "one linear operator"),
    ],
)
def test_what_has_no_int8_form_is_refused_in_the_plan_and_layers_are_not(made_of, whole):
    target = OnnxTarget("int8", 1)
    assert target.refusal("m", ("onnx", made_of)) == (
        f"edge-onnx[precision=int8] applies to Conv, MatMul, Gemm and the model 'm' is {whole}, "
        "whose numbers stay in single precision: use edge-onnx[precision=fp32]"
    )
    assert OnnxTarget("fp32", 1).refusal("m", ("onnx", made_of)) == ""
    assert target.refusal("m", ("onnx", "layers")) == ""
    assert target.refusal("m", ("onnx",)) == "", "the run finds out"
