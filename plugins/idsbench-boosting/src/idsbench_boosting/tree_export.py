"""Boosted trees as an ONNX file that sends every row to the same leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from idsbench_boosting.classes import Classes
from idsbench_edge.tree_ensemble import Ensemble, Tree, write_trees
from idsbench_edge.tree_scores import of_margins

LEAF = -1


def write_lightgbm(booster: Any, classes: Classes, columns: int, out: Path) -> None:
    """Write `model.onnx` of a LightGBM booster into `out`; `columns` are those of a row."""
    dump = booster.dump_model()
    sums = dump["num_tree_per_iteration"]
    trees = [
        _lightgbm_tree(tree["tree_structure"], place % sums)
        for place, tree in enumerate(dump["tree_info"])
    ]
    finish = of_margins(classes.learned, classes.width)
    write_trees(Ensemble(trees, np.zeros(sums)), columns, finish, out)


def write_xgboost(booster: Any, classes: Classes, columns: int, out: Path) -> None:
    """Write `model.onnx` of an XGBoost booster into `out`; `columns` are those of a row."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    model = learner["gradient_booster"]["model"]
    trees = [
        _xgboost_tree(tree, column)
        for tree, column in zip(model["trees"], model["tree_info"], strict=True)
    ]
    start = np.asarray(json.loads(learner["learner_model_param"]["base_score"]), dtype=np.float64)
    if classes.binary:  # written as a probability, added as a margin
        start = np.log(start / (1.0 - start))
    finish = of_margins(classes.learned, classes.width)
    write_trees(Ensemble(trees, start, "<"), columns, finish, out)


def _lightgbm_tree(root: Mapping[str, Any], column: int) -> Tree:
    """Number the nodes in the order in which they are met."""
    nodes, children = [root], []
    for node in nodes:  # grows while it is walked
        inner = "split_index" in node
        children.append((len(nodes), len(nodes) + 1) if inner else (LEAF, LEAF))
        if inner:
            nodes += [node["left_child"], node["right_child"]]
    left, right = np.array(children).T
    leaf = np.flatnonzero(left == LEAF)
    return Tree(
        feature=np.array([node.get("split_feature", 0) for node in nodes]),
        threshold=np.array([node.get("threshold", 0.0) for node in nodes], dtype=np.float64),
        left=left,
        right=right,
        missing_left=np.array([_missing_left(node) for node in nodes]),
        leaf=leaf,
        column=np.full(len(leaf), column),
        value=np.array([nodes[place]["leaf_value"] for place in leaf], dtype=np.float64),
    )


def _missing_left(node: Mapping[str, Any]) -> bool:
    """Where a column had no missing numbers in training, LightGBM takes one for 0."""
    if node.get("missing_type") == "NaN":
        return bool(node["default_left"])
    return bool(node.get("threshold", 0.0) >= 0.0)


def _xgboost_tree(tree: Mapping[str, Any], column: int) -> Tree:
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    leaf = np.flatnonzero(left == LEAF)
    # At a leaf this is its value. They are float32 written in decimal.
    conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    return Tree(
        feature=np.array(tree["split_indices"]),
        threshold=conditions,
        left=left,
        right=right,
        missing_left=np.array(tree["default_left"], dtype=bool),
        leaf=leaf,
        column=np.full(len(leaf), column),
        value=conditions[leaf],
    )
