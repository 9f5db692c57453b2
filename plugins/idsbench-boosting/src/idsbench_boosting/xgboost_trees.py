"""The model `xgboost`: boosted trees grown level by level.

Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

from idsbench.values import Batch, Fit
from idsbench_boosting.classes import Classes, find_classes, read_classes, write_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress

FILE = "model.ubj"
PATIENCE = 10
SEEDS = 2**31 - 1


class XgBoost:
    """Boosting in one thread that keeps the rounds up to the best on the validation rows.

    Args:
        iterations: most rounds; with more than two classes each grows one tree per class.
        learning_rate: the weight of each round.
        max_depth: most splits above a leaf.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self,
        iterations: int = 100,
        learning_rate: float = 0.1,
        max_depth: int = 6,
        max_rows: int | None = None,
    ) -> None:
        self._iterations = iterations
        self._settings = {"learning_rate": learning_rate, "max_depth": max_depth}
        self._classes = Classes((0, 1), 2)
        self._booster: Any = None

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d); valid.x (v, d) decides when to stop.

        Validation rows of classes that were never trained have no loss and are left out; where
        none remain, all rounds are run.

        Raises:
            CellError: the training rows hold one class only.
        """
        self._classes = find_classes("xgboost", train, valid)
        data = xgboost.QuantileDMatrix(train.x, self._classes.encode(train.y), nthread=1)
        sets = [(data, "training")]
        known = self._classes.known(valid.y)
        calls = []
        if known.any():
            labels = self._classes.encode(valid.y[known])
            held = xgboost.QuantileDMatrix(valid.x[known], labels, ref=data, nthread=1)
            sets.append((held, "valid"))
            calls.append(xgboost.callback.EarlyStopping(rounds=PATIENCE, save_best=True))
        losses: dict[str, dict[str, list[float]]] = {}
        booster = xgboost.train(
            self._parameters(int(rng.integers(SEEDS))),
            data,
            num_boost_round=self._iterations,
            evals=sets,
            evals_result=losses,
            callbacks=calls,
            verbose_eval=False,
        )
        history = _history(losses)
        for entry in history:
            progress(entry)
        # As read from a file: without what the training left in it.
        self._booster = _opened(bytes(booster.save_raw("ubj")), 1)
        return Fit(history, {"iterations": self._booster.num_boosted_rounds()})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k).

        The library's own probabilities are float32, in which those of sure rows collapse onto 1.
        """
        margins = self._booster.inplace_predict(np.asarray(x), predict_type="margin")
        return self._classes.spread(_probabilities(margins.astype(np.float64)))

    def parameter_count(self) -> int:
        """Column and threshold per split, one value per leaf, and each score's starting value."""
        model = json.loads(bytes(self._booster.save_raw("json")))["learner"]
        trees = model["gradient_booster"]["model"]["trees"]
        nodes = [int(tree["tree_param"]["num_nodes"]) for tree in trees]
        starts = 1 if self._classes.binary else len(self._classes.learned)
        return sum(2 * (count // 2) + count // 2 + 1 for count in nodes) + starts

    def macs(self) -> None:
        """Trees compare and do not multiply."""
        return

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx` into `out`; rows (m, d) tell how many columns there are."""
        from idsbench_boosting.tree_export import write_xgboost

        write_xgboost(self._booster, self._classes, rows.shape[1], out)

    def save(self, folder: Path) -> None:
        """Write XGBoost's binary JSON and `classes.json` into `folder`."""
        (folder / FILE).write_bytes(bytes(self._booster.save_raw("ubj")))
        write_classes(folder, self._classes)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads."""
        self._classes = read_classes(folder)
        self._booster = _opened((folder / FILE).read_bytes(), threads)

    def _parameters(self, seed: int) -> dict[str, Any]:
        """XGBoost's parameters. One thread: its waiting threads starve other jobs of the machine."""
        task: dict[str, Any] = {"objective": "binary:logistic", "eval_metric": "logloss"}
        if not self._classes.binary:
            task = {"objective": "multi:softprob", "eval_metric": "mlogloss"}
            task["num_class"] = len(self._classes.learned)
        fixed = {"tree_method": "hist", "nthread": 1, "verbosity": 0}
        return {**task, **fixed, **self._settings, "seed": seed}


def _opened(raw: bytes, threads: int) -> Any:
    booster = xgboost.Booster({"nthread": threads})
    booster.load_model(bytearray(raw))
    booster.set_param({"nthread": threads})
    return booster


def _probabilities(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Margins (n,) or (n, k) -> probability of the second class (n,), or of each class (n, k)."""
    if margins.ndim == 1:
        return np.exp(-np.logaddexp(0.0, -margins))
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _history(losses: dict[str, dict[str, list[float]]]) -> tuple[dict[str, float], ...]:
    """Loss on training and validation rows after each round that was run."""
    keys = {"training": "loss", "valid": "valid_loss"}
    columns = {
        keys[name]: [float(loss) for loss in values]
        for name, metrics in losses.items()
        for values in metrics.values()
    }
    rounds = len(columns["loss"])
    return tuple(
        {"epoch": float(i + 1), **{key: values[i] for key, values in columns.items()}}
        for i in range(rounds)
    )
