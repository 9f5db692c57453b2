"""Fitted trees of scikit-learn as an ONNX file that sends every row to the same leaves.

skl2onnx fails on boosted trees with this version of onnx, and knows no score of isolation forests
that is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench_edge.tree_ensemble import Ensemble, Tree, write_trees
from idsbench_edge.tree_scores import of_margins, of_path_lengths

if TYPE_CHECKING:
    from numpy.typing import NDArray


def write_boosting(estimator: Any, width: int, columns: int, out: Path) -> None:
    """Write a fitted `HistGradientBoostingClassifier`.

    Args:
        estimator: it.
        width: classes of the task; those never learned score 0.
        columns: of a row.
        out: an empty folder.
    """
    rounds = estimator._predictors  # scikit-learn shows the trees nowhere else
    trees = [_boosted(one.nodes, column) for each in rounds for column, one in enumerate(each)]
    start = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(-1)
    learned = [int(code) for code in estimator.classes_]
    write_trees(Ensemble(trees, start), columns, of_margins(learned, width), out)


def write_isolation(
    lengths: Sequence[tuple[Any, NDArray[np.float64]]],
    scale: tuple[float, float],
    columns: int,
    out: Path,
) -> None:
    """Write an isolation forest.

    Args:
        lengths: each fitted tree with the path length of each of its nodes (m,).
        scale: the mean of the summed lengths, and the level; see `of_path_lengths`.
        columns: of a row.
        out: an empty folder.
    """
    trees = []
    for tree, length in lengths:
        leaf = np.flatnonzero(tree.children_left == -1)
        trees.append(
            Tree(
                feature=tree.feature,
                threshold=tree.threshold,
                left=tree.children_left,
                right=tree.children_right,
                missing_left=tree.missing_go_to_left.astype(bool),
                leaf=leaf,
                column=np.zeros_like(leaf),
                value=length[leaf],
            )
        )
    write_trees(Ensemble(trees, np.zeros(1)), columns, of_path_lengths(*scale), out)


def _boosted(nodes: NDArray[Any], column: int) -> Tree:
    """Take the nodes of one tree that adds to a column of the sums."""
    ends = nodes["is_leaf"].astype(bool)
    leaf = np.flatnonzero(ends)
    return Tree(
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=np.where(ends, -1, nodes["left"].astype(np.int64)),
        right=np.where(ends, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        leaf=leaf,
        column=np.full(len(leaf), column),
        value=nodes["value"][leaf],
    )
