"""Decision trees of any library as an ONNX file, for the `export` of models made of trees.

The operator is `TreeEnsembleRegressor` of ai.onnx.ml 3, which compares in single precision. Rows
are float32, so a threshold in double precision is rounded towards the side that keeps every
decision: the file sends each row to the leaf that the library sends it to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from idsbench_edge.tree_scores import RAW, SCORES, Finish

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

FILE = "model.onnx"
ML_DOMAIN = "ai.onnx.ml"
OPSETS = (("", 17), (ML_DOMAIN, 3))
IR_VERSION = 9  # what a runtime of these operator sets reads
MODES = {"<=": "BRANCH_LEQ", "<": "BRANCH_LT"}


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree; its m nodes are numbered from 0, the root.

    Args:
        feature: (m,) the column that a node compares; any number at a leaf.
        threshold: (m,) what it compares with, float64.
        left, right: (m,) the node for rows below the threshold, and for the others; -1 at a leaf.
        missing_left: (m,) whether NaN goes left.
        leaf, column, value: (l,) what each leaf adds to which column of the sums; a leaf that adds
            to several columns stands here several times.
    """

    feature: NDArray[np.integer]
    threshold: NDArray[np.float64]
    left: NDArray[np.integer]
    right: NDArray[np.integer]
    missing_left: NDArray[np.bool_]
    leaf: NDArray[np.integer]
    column: NDArray[np.integer]
    value: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Trees whose leaves are added up.

    Args:
        trees: at least one.
        start: (k,) what each column of the sums begins with.
        rule: a row goes left where x "<=" or "<" the threshold.
    """

    trees: Sequence[Tree]
    start: NDArray[np.float64]
    rule: str = "<="


def write_trees(ensemble: Ensemble, columns: int, finish: Finish, out: Path) -> None:
    """Write `model.onnx` into `out`: input `x` (n, columns) float32, output `scores` float64.

    Args:
        ensemble: whose sums (n, k) come first.
        columns: of a row.
        finish: what makes scores of the sums; see `tree_scores`.
        out: an empty folder.
    """
    from onnx import TensorProto, checker, helper, numpy_helper, save

    number = TensorProto.DOUBLE
    start = numpy_helper.from_array(np.asarray(ensemble.start, dtype=np.float64), "start")
    nodes = [
        _operator(ensemble),
        helper.make_node("Cast", ["sums"], ["sums64"], to=number),
        helper.make_node("Add", ["sums64", "start"], [RAW]),
        *finish.nodes,
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in finish.constants.items()]
    shape = [None] if finish.width is None else [None, finish.width]
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, columns])],
        [helper.make_tensor_value_info(SCORES, number, shape)],
        [start, *constants],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    checker.check_model(model)
    save(model, out / FILE)


def _operator(ensemble: Ensemble) -> onnx.NodeProto:
    from onnx import helper

    trees = ensemble.trees
    sizes = [len(tree.feature) for tree in trees]
    inner = np.concatenate([tree.left >= 0 for tree in trees])

    def nodes(name: str) -> NDArray[np.int64]:
        values = np.concatenate([getattr(tree, name) for tree in trees])
        return np.where(inner, values, 0).astype(np.int64)

    ends = np.repeat(np.arange(len(trees)), [len(tree.leaf) for tree in trees])
    modes = np.where(inner, MODES[ensemble.rule], "LEAF")
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["x"],
        ["sums"],
        domain=ML_DOMAIN,
        n_targets=len(ensemble.start),
        aggregate_function="SUM",
        nodes_treeids=np.repeat(np.arange(len(trees)), sizes).tolist(),
        nodes_nodeids=np.concatenate([np.arange(size) for size in sizes]).tolist(),
        nodes_featureids=nodes("feature").tolist(),
        nodes_values=np.where(inner, _thresholds(ensemble), 0).astype(np.float32).tolist(),
        nodes_modes=modes.tolist(),
        nodes_truenodeids=nodes("left").tolist(),
        nodes_falsenodeids=nodes("right").tolist(),
        nodes_missing_value_tracks_true=nodes("missing_left").tolist(),
        target_treeids=ends.tolist(),
        target_nodeids=np.concatenate([tree.leaf for tree in trees]).astype(int).tolist(),
        target_ids=np.concatenate([tree.column for tree in trees]).astype(int).tolist(),
        target_weights=np.concatenate([tree.value for tree in trees]).astype(float).tolist(),
    )


def _thresholds(ensemble: Ensemble) -> NDArray[np.float32]:
    """Round thresholds so that no float32 changes sides: down for <=, up for <."""
    exact = np.concatenate([np.asarray(tree.threshold, np.float64) for tree in ensemble.trees])
    with np.errstate(over="ignore"):  # beyond float32 is infinite, one step back is its end
        near = exact.astype(np.float32)
    if ensemble.rule == "<=":
        return np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
    return np.where(near < exact, np.nextafter(near, np.float32(np.inf)), near)
