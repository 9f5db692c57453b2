"""The model `lightgbm`: boosted trees grown leaf by leaf.

Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NIPS 2017.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from idsbench.values import Batch, Fit
from idsbench_boosting.classes import Classes, find_classes, read_classes, write_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress

FILE = "model.txt"
PATIENCE = 10
SEEDS = 2**31 - 1


class LightGbm:
    """Boosting in one thread that keeps the rounds up to the best on the validation rows.

    Args:
        iterations: most rounds; with more than two classes each grows one tree per class.
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
        self._iterations = iterations
        self._settings = {"learning_rate": learning_rate, "num_leaves": max_leaf_nodes}
        self._classes = Classes((0, 1), 2)
        self._booster: Any = None
        self._threads = 1

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d); valid.x (v, d) decides when to stop.

        Validation rows of classes that were never trained have no loss and are left out; where
        none remain, all rounds are run.

        Raises:
            CellError: the training rows hold one class only.
        """
        self._classes = find_classes("lightgbm", train, valid)
        data = lightgbm.Dataset(np.asarray(train.x), self._classes.encode(train.y))
        sets, names = [data], ["training"]
        known = self._classes.known(valid.y)
        if known.any():
            held = (valid.x[known], self._classes.encode(valid.y[known]))
            sets.append(lightgbm.Dataset(*held, reference=data))
            names.append("valid")
        history: list[dict[str, float]] = []
        calls: list[Any] = [_recorder(history, progress)]
        if known.any():
            calls.append(lightgbm.early_stopping(PATIENCE, verbose=False))
        booster = lightgbm.train(
            self._parameters(int(rng.integers(SEEDS))),
            data,
            num_boost_round=self._iterations,
            valid_sets=sets,
            valid_names=names,
            callbacks=calls,
        )
        # As read from a file: without the training rows, and without the rounds after the best.
        self._booster = lightgbm.Booster(model_str=booster.model_to_string())
        return Fit(tuple(history), {"iterations": self._booster.current_iteration()})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> probability of attack (n,), or of each class (n, k)."""
        return self._classes.spread(self._booster.predict(x, num_threads=self._threads))

    def parameter_count(self) -> int:
        """Column and threshold per split, one value per leaf."""
        trees = self._booster.dump_model()["tree_info"]
        return sum(2 * (tree["num_leaves"] - 1) + tree["num_leaves"] for tree in trees)

    def macs(self) -> None:
        """Trees compare and do not multiply."""
        return

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx` into `out`; rows (m, d) tell how many columns there are."""
        from idsbench_boosting.tree_export import write_lightgbm

        write_lightgbm(self._booster, self._classes, rows.shape[1], out)

    def save(self, folder: Path) -> None:
        """Write LightGBM's text file and `classes.json` into `folder`."""
        self._booster.save_model(folder / FILE)
        write_classes(folder, self._classes)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads."""
        self._classes = read_classes(folder)
        self._booster = lightgbm.Booster(model_file=folder / FILE)
        self._threads = threads

    def _parameters(self, seed: int) -> dict[str, Any]:
        """LightGBM's parameters. One thread: its waiting threads starve other jobs of the machine."""
        task: dict[str, Any] = {"objective": "binary", "metric": "binary_logloss"}
        if not self._classes.binary:
            task = {"objective": "multiclass", "metric": "multi_logloss"}
            task["num_class"] = len(self._classes.learned)
        fixed = {"deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1}
        return {**task, **fixed, **self._settings, "seed": seed}


def _recorder(history: list[dict[str, float]], progress: Progress) -> Any:
    """A callback of LightGBM that keeps the losses of each round and tells them on."""
    keys = {"training": "loss", "valid": "valid_loss"}

    def record(env: Any) -> None:
        entry = {"epoch": float(env.iteration + 1)}
        entry |= {keys[name]: float(loss) for name, _, loss, *_ in env.evaluation_result_list}
        history.append(entry)
        progress(entry)

    return record
