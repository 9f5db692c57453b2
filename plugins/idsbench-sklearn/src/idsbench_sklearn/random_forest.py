"""The model `random-forest`: averaged trees, each on its own bootstrap of the training rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib  # type: ignore[import-untyped]
import numpy as np
from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-untyped]

from idsbench.values import Batch, Fit
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.classes import class_width, spread_scores
from idsbench_sklearn.onnx_export import write_onnx
from idsbench_sklearn.storage import read_estimator, write_estimator
from idsbench_sklearn.tree_size import forest_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


THREAD_ROWS = 1_000  # below this many rows a second thread costs more than it saves


class RandomForest:
    """A forest that fits on all usable CPUs; trees and scores do not depend on how many those are.

    Args:
        trees: how many.
        max_depth: most splits above a leaf; None for no limit.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self, trees: int = 100, max_depth: int | None = None, max_rows: int | None = None
    ) -> None:
        self._estimator: Any = RandomForestClassifier(n_estimators=trees, max_depth=max_depth)
        self._width = 2
        self._threads = 1

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d).

        Raises:
            CellError: the training rows hold one class only.
        """
        self._width = class_width("random-forest", train, valid)
        self._threads = joblib.cpu_count()
        self._estimator.set_params(random_state=draw_seed(rng), n_jobs=self._threads)
        self._estimator.fit(train.x, train.y)
        return Fit()

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k).

        The same to the last bit as scikit-learn's `predict_proba` in one thread, without its
        overhead of several milliseconds a call. Each row's trees are added up in order, whatever
        the number of threads, so that a score is the same in every run.

        Raises:
            ValueError: x does not have the columns that the forest was fitted on.
        """
        learned = self._estimator.n_features_in_
        if x.ndim != 2 or x.shape[1] != learned:
            raise ValueError(
                f"random-forest was fitted on {learned} columns and is given {x.shape}"
            )
        x = np.ascontiguousarray(x, dtype=np.float32)
        if self._threads == 1 or len(x) < THREAD_ROWS:
            shares = self._shares(x)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                shares = np.concatenate(
                    list(pool.map(self._shares, np.array_split(x, self._threads)))
                )
        return spread_scores(shares, self._estimator.classes_, self._width)

    def parameter_count(self) -> int:
        """See `forest_parameters`; a leaf holds 1 value, or in multi-class tasks one per class."""
        learned = len(self._estimator.classes_)
        leaves = (tree.tree_.children_left == -1 for tree in self._estimator.estimators_)
        return forest_parameters(leaves, 1 if learned == 2 else learned)

    def macs(self) -> None:
        """Trees compare and do not multiply."""
        return

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx` into `out`; rows (m, d) tell how many columns there are.

        Raises:
            CellSkipped: a class of the task was not among the training rows.
        """
        write_onnx(self._estimator, self._width, rows.shape[1], out)

    def save(self, folder: Path) -> None:
        """Write one file into `folder`."""
        write_estimator(folder, self._estimator, self._width)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads."""
        self._estimator, self._width = read_estimator(folder)
        self._threads = threads

    def _shares(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean over trees of the class shares in each row's leaf: (n, d) -> (n, classes)."""
        trees = self._estimator.estimators_
        total = np.zeros((len(x), len(self._estimator.classes_)))
        for tree in trees:
            total += tree.tree_.predict(x)
        return total / len(trees)
