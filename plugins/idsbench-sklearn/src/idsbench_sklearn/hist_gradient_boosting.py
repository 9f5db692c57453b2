"""The model `hist-gradient-boosting`: boosted trees over binned columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from idsbench.values import Batch, Fit
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.classes import class_width, spread_scores
from idsbench_sklearn.storage import read_estimator, write_estimator
from idsbench_sklearn.threads import limit_threads
from idsbench_sklearn.tree_size import forest_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress

PATIENCE = 10


class HistGradientBoosting:
    """Boosting in one thread that stops when 10 rounds bring nothing on the validation rows.

    Args:
        iterations: most rounds; in multi-class tasks each grows one tree per class.
        learning_rate: the weight of each round.
        max_leaf_nodes: most leaves of a tree.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self,
        iterations: int = 100,
        learning_rate: float = 0.1,
        max_leaf_nodes: int = 31,
        max_rows: int | None = None,
    ) -> None:
        self._estimator: Any = HistGradientBoostingClassifier(
            max_iter=iterations, learning_rate=learning_rate, max_leaf_nodes=max_leaf_nodes
        )
        self._width = 2

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d); valid.x (v, d) decides when to stop.

        Validation rows of classes that were never trained have no loss and are left out; where
        none remain, all rounds are run.

        Raises:
            CellError: the training rows hold one class only.
        """
        self._width = class_width("hist-gradient-boosting", train, valid)
        known = np.isin(valid.y, np.unique(train.y))
        stops = bool(known.any())
        self._estimator.set_params(
            random_state=draw_seed(rng), early_stopping=stops, n_iter_no_change=PATIENCE
        )
        checks = {"X_val": valid.x[known], "y_val": valid.y[known]} if stops else {}
        # On cores shared with other jobs, OpenMP's waiting threads made this 10 times slower.
        with threadpool_limits(limits=1):
            self._estimator.fit(train.x, train.y, **checks)
        history = self._history()
        for entry in history:
            progress(entry)
        return Fit(history=history, assumed={"iterations": int(self._estimator.n_iter_)})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k)."""
        shares = self._estimator.predict_proba(x)
        return spread_scores(shares, self._estimator.classes_, self._width)

    def parameter_count(self) -> int:
        """See `forest_parameters`; a leaf holds 1 value, and each score starts from 1 more."""
        rounds = self._estimator._predictors  # scikit-learn shows the trees nowhere else
        leaves = (tree.nodes["is_leaf"].astype(bool) for trees in rounds for tree in trees)
        starts = int(self._estimator.n_trees_per_iteration_)
        return forest_parameters(leaves, 1) + starts

    def macs(self) -> None:
        """Trees compare and do not multiply."""
        return

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx` into `out`; rows (m, d) tell how many columns there are."""
        from idsbench_sklearn.tree_export import write_boosting

        write_boosting(self._estimator, self._width, rows.shape[1], out)

    def save(self, folder: Path) -> None:
        """Write one file into `folder`."""
        write_estimator(folder, self._estimator, self._width)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads of OpenMP."""
        self._estimator, self._width = read_estimator(folder)
        limit_threads(threads)

    def _history(self) -> tuple[dict[str, float], ...]:
        """Loss on training and validation rows after each round; empty without stopping."""
        train = -np.asarray(self._estimator.train_score_, dtype=np.float64)
        valid = -np.asarray(self._estimator.validation_score_, dtype=np.float64)
        # The first entry is the loss before any round.
        return tuple(
            {"epoch": float(i), "loss": float(train[i]), "valid_loss": float(valid[i])}
            for i in range(1, min(len(train), len(valid)))
        )
