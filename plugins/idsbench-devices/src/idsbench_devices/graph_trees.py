"""An ONNX tree ensemble -> trees in preorder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from idsbench.errors import CellSkipped
from idsbench_devices.network import Forest, Tree

CLASSIFIER, REGRESSOR = "TreeEnsembleClassifier", "TreeEnsembleRegressor"
MODES = ("BRANCH_LEQ", "BRANCH_LT")
LINKS = {"NONE": "identity", "LOGISTIC": "logistic", "SOFTMAX": "softmax"}
Key = tuple[int, int]


def read_forest(kind: str, held: Mapping[str, Any], columns: int) -> Forest:
    """Read a `TreeEnsembleClassifier`, or a `TreeEnsembleRegressor` that adds up its leaves.

    Leaf values are multiplied by the number of trees, which undoes the division that exporters
    put into them: 100 leaves of 1 then add up to exactly 100, in single precision too.

    Args:
        kind: the operator; `held`: its attributes.
        columns: of a row.

    Raises:
        CellSkipped: it is another operator, or works in a way that C is not written for.
    """
    modes = {mode.decode() for mode in held.get("nodes_modes", ())} - {"LEAF"}
    link = LINKS.get(str(held.get("post_transform", "NONE")))
    adds = str(held.get("aggregate_function", "SUM")) == "SUM"
    width = _width(kind, held)
    if modes - set(MODES) or link is None or not adds or (link, width) == ("softmax", 1):
        raise CellSkipped(
            f"edge-c writes C of trees that compare with {' or '.join(MODES)} and add up, and this "
            f"model's {kind} works in another way: use edge-onnx"
        )
    weights = _weights("class" if kind == CLASSIFIER else "target", held)
    count = len(set(held["nodes_treeids"]))
    trees = tuple(_tree(nodes, weights, width, count) for nodes in _by_tree(held, columns).values())
    base = np.array(held.get("base_values") or [0.0] * width, dtype=np.float32)[-width:]
    return Forest(trees, columns, base, link)


def _width(kind: str, held: Mapping[str, Any]) -> int:
    """Give the sums kept: one where all leaves speak of one class of two, else one per class."""
    if kind == REGRESSOR:
        return int(held.get("n_targets", 1))
    classes = len(held.get("classlabels_int64s") or held["classlabels_strings"])
    return 1 if classes == 2 and len(set(held["class_ids"])) == 1 else classes


def _weights(what: str, held: Mapping[str, Any]) -> dict[Key, list[tuple[int, float]]]:
    found: dict[Key, list[tuple[int, float]]] = {}
    columns = (held[f"{what}_{part}"] for part in ("treeids", "nodeids", "ids", "weights"))
    for tree, node, code, weight in zip(*columns, strict=True):
        found.setdefault((tree, node), []).append((code, weight))
    return found


def _by_tree(held: Mapping[str, Any], columns: int) -> dict[int, dict[int, tuple[Any, ...]]]:
    """Give, by tree and node: its key, mode, column, threshold and both children."""
    trees: dict[int, dict[int, tuple[Any, ...]]] = {}
    entries = zip(
        held["nodes_treeids"],
        held["nodes_nodeids"],
        held["nodes_modes"],
        held["nodes_featureids"],
        held["nodes_values"],
        held["nodes_truenodeids"],
        held["nodes_falsenodeids"],
        strict=True,
    )
    for tree, node, mode, column, value, below, above in entries:
        if mode == b"BRANCH_LT":  # x < t is x <= the number before t
            value = float(np.nextafter(np.float32(value), np.float32(-np.inf)))
        if not 0 <= column < columns:
            raise CellSkipped(f"the model's trees read column {column} of rows of {columns}")
        trees.setdefault(tree, {})[node] = (tree, mode == b"LEAF", column, value, below, above)
    return trees


def _tree(
    nodes: Mapping[int, tuple[Any, ...]],
    weights: Mapping[Key, list[tuple[int, float]]],
    width: int,
    count: int,
) -> Tree:
    size = len(nodes)
    feature, right = np.full(size, -1, np.int32), np.zeros(size, np.int32)
    threshold, value = np.zeros(size, np.float32), np.zeros((size, width), np.float64)
    pending = [(min(nodes), -1)]  # a node, and the inner node that it is the right child of
    for place in range(size):
        node, parent = pending.pop()
        if parent >= 0:
            right[parent] = place
        tree, leaf, column, number, below, above = nodes[node]
        if not leaf:
            feature[place], threshold[place] = column, number
            pending += [(above, place), (below, -1)]
            continue
        for code, weight in weights.get((tree, node), ()):
            value[place, code if width > 1 else 0] += weight
    return Tree(feature, threshold, right, (value * count).astype(np.float32))
