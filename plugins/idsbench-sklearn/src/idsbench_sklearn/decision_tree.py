"""The model `decision-tree`: one tree, grown until leaves are pure or `max_depth` is reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

from idsbench.values import Batch, Fit
from idsbench_sklearn.balance import draw_seed
from idsbench_sklearn.classes import class_width, spread_scores
from idsbench_sklearn.onnx_export import write_onnx
from idsbench_sklearn.storage import read_estimator, write_estimator
from idsbench_sklearn.tree_size import forest_parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


class DecisionTree:
    """A classification tree split by Gini impurity.

    Args:
        max_depth: most splits above a leaf; None for no limit.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(self, max_depth: int | None = None, max_rows: int | None = None) -> None:
        self._estimator: Any = DecisionTreeClassifier(max_depth=max_depth)
        self._width = 2

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d); `rng` orders columns whose splits are equally good.

        Raises:
            CellError: the training rows hold one class only.
        """
        self._width = class_width("decision-tree", train, valid)
        self._estimator.set_params(random_state=draw_seed(rng)).fit(train.x, train.y)
        return Fit(assumed={"depth": int(self._estimator.get_depth())})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k)."""
        shares = self._estimator.predict_proba(x)
        return spread_scores(shares, self._estimator.classes_, self._width)

    def parameter_count(self) -> int:
        """See `forest_parameters`; a leaf holds 1 value, or in multi-class tasks one per class."""
        learned = len(self._estimator.classes_)
        leaves = self._estimator.tree_.children_left == -1
        return forest_parameters([leaves], 1 if learned == 2 else learned)

    def macs(self) -> None:
        """A tree compares and does not multiply."""
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
        """Become the model saved in `folder`; a tree scores in one thread whatever `threads` is."""
        self._estimator, self._width = read_estimator(folder)
