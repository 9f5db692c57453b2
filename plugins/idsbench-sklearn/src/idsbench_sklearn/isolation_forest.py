"""The model `isolation-forest`: how few random cuts it takes to set a row apart.

Liu, Ting and Zhou, "Isolation Forest", ICDM 2008.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import IsolationForest as Estimator  # type: ignore[import-untyped]

from idsbench.one_class import alarm_level, anomaly_scores, benign_rows
from idsbench.values import Batch, Fit
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.storage import read_estimator, write_estimator
from idsbench_sklearn.tree_size import forest_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress

CLASSES = 2


class IsolationForest:
    """A forest of random cuts, learned from benign training rows alone.

    The paper's anomaly score s is in 0 to 1. The model's score is s / (s + level), where at most
    the share `alarms` of benign training rows has s at the level or above: it rises with s, and
    threshold 0.5 is where that share alarms.

    Args:
        trees: how many.
        rows: rows drawn for each tree; fewer where there are fewer.
        alarms: share of benign training rows that may score 0.5 or more.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self,
        trees: int = 100,
        rows: int = 256,
        alarms: float = 0.01,
        max_rows: int | None = None,
    ) -> None:
        self._estimator: Any = Estimator(n_estimators=trees)
        self._rows = rows
        self._alarms = alarms
        self._level = 1.0
        self._lengths: list[NDArray[np.float64]] = []

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from those rows of train.x (n, d) whose label is 0; one thread.

        Raises:
            CellError: there are fewer than 10 of them.
        """
        benign, assumed = benign_rows("isolation-forest", train)
        rows = min(self._rows, len(benign))
        self._estimator.set_params(random_state=draw_seed(rng), max_samples=rows)
        self._estimator.fit(benign)
        self._lengths = _path_lengths(self._estimator)
        self._level = alarm_level(self._anomaly(benign), self._alarms)
        return Fit(assumed={**assumed, "alarm_level": self._level})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> how anomalous each row is (n,), 0 to 1; see the class for what 0.5 means."""
        return anomaly_scores(self._anomaly(x), self._level)

    def parameter_count(self) -> int:
        """See `forest_parameters`; a leaf holds a path length, and the level is 1 more."""
        leaves = (tree.tree_.children_left == -1 for tree in self._estimator.estimators_)
        return forest_parameters(leaves, 1) + 1

    def macs(self) -> None:
        """Trees compare and do not multiply."""
        return

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx` into `out`; rows (m, d) tell how many columns there are."""
        from idsbench_sklearn.tree_export import write_isolation

        trees = [one.tree_ for one in self._estimator.estimators_]
        lengths = list(zip(trees, self._lengths, strict=True))
        scale = (len(trees) * _mean_path(self._drawn()), self._level)
        write_isolation(lengths, scale, rows.shape[1], out)

    def save(self, folder: Path) -> None:
        """Write one file into `folder`."""
        write_estimator(folder, (self._estimator, self._level), CLASSES)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`; it scores in one thread whatever `threads` is."""
        (self._estimator, self._level), _ = read_estimator(folder)
        self._lengths = _path_lengths(self._estimator)

    def _anomaly(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> the paper's score (n,), as scikit-learn's without its milliseconds per call."""
        x = np.ascontiguousarray(x, dtype=np.float32)
        total = np.zeros(len(x))
        for tree, lengths in zip(self._estimator.estimators_, self._lengths, strict=True):
            total += lengths[tree.tree_.apply(x)]
        return np.asarray(2.0 ** (-total / (len(self._lengths) * _mean_path(self._drawn()))))

    def _drawn(self) -> int:
        """Rows that each tree was grown on."""
        return int(self._estimator.max_samples_)


def _mean_path(rows: int) -> float:
    """Mean depth of a random search tree over so many rows, the paper's c(n)."""
    if rows < 2:
        return 0.0
    if rows == 2:
        return 1.0
    return float(2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows)


def _path_lengths(estimator: Any) -> list[NDArray[np.float64]]:
    """For each tree, by node: its depth, and the mean depth that its rows would still need."""
    found = []
    for tree in (one.tree_ for one in estimator.estimators_):
        depth = np.zeros(tree.node_count)
        for node in range(tree.node_count):  # a child's number is above its parent's
            for child in (tree.children_left[node], tree.children_right[node]):
                if child != -1:
                    depth[child] = depth[node] + 1
        found.append(depth + [_mean_path(int(count)) for count in tree.n_node_samples])
    return found
