"""The model `logistic`: logistic regression by L-BFGS."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from idsbench.values import Batch, Fit
from idsbench_sklearn.classes import class_width, spread_scores
from idsbench_sklearn.onnx_export import write_onnx
from idsbench_sklearn.storage import read_estimator, write_estimator
from idsbench_sklearn.threads import limit_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


class Logistic:
    """A linear model with a squared penalty on its coefficients.

    Args:
        c: inverse strength of the penalty.
        max_iter: most iterations; `Fit.assumed` says whether they were enough.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(self, c: float = 1.0, max_iter: int = 200, max_rows: int | None = None) -> None:
        self._estimator: Any = LogisticRegression(C=c, max_iter=max_iter)
        self._width = 2

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d); deterministic, so `rng` is not drawn from.

        Raises:
            CellError: the training rows hold one class only.
        """
        self._width = class_width("logistic", train, valid)
        # A table of some ten columns gives BLAS too little to share: its threads mostly spin.
        limit_threads(1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            self._estimator.fit(train.x, train.y)
        # Scores are float64 only if these are; in float32 those of sure rows collapse onto 1.
        self._estimator.coef_ = self._estimator.coef_.astype(np.float64)
        self._estimator.intercept_ = self._estimator.intercept_.astype(np.float64)
        for warning in caught:
            if not issubclass(warning.category, ConvergenceWarning):
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )
        converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)
        iterations = int(np.max(self._estimator.n_iter_))
        return Fit(assumed={"converged": converged, "iterations": iterations})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k)."""
        shares = self._estimator.predict_proba(x)
        return spread_scores(shares, self._estimator.classes_, self._width)

    def parameter_count(self) -> int:
        """Coefficients and intercepts."""
        return int(self._estimator.coef_.size + self._estimator.intercept_.size)

    def macs(self) -> int:
        """One multiplication per coefficient."""
        return int(self._estimator.coef_.size)

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
        """Become the model saved in `folder`, with `threads` threads of BLAS."""
        self._estimator, self._width = read_estimator(folder)
        limit_threads(threads)
