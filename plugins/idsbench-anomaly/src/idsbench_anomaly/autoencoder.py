"""The model `autoencoder`: rows that a network trained on benign rows cannot give back.

After Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science
313, 2006; reconstruction error as an anomaly as in Sakurada and Yairi, MLSDA 2014.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.one_class import alarm_level, anomaly_scores, benign_rows
from idsbench.values import Batch, Fit
from idsbench_anomaly.arrays import bounded, in_pieces, read_arrays, uniform, write_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Checkpoints, Progress

LAYERS = 4


class Autoencoder:
    """d -> hidden -> code -> hidden -> d with ReLU between, trained to give benign rows back.

    The score is a / (a + level) of the root mean squared error a; see `idsbench.one_class`.

    Args:
        hidden, code: widths of the layers.
        learning_rate, batch, epochs: of Adam.
        alarms: share of benign training rows that may score 0.5 or more.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self,
        hidden: int,
        code: int,
        learning_rate: float,
        batch: int,
        epochs: int,
        alarms: float,
        max_rows: int | None,
    ) -> None:
        self._widths = (hidden, code, hidden)
        self._steps = (learning_rate, batch, epochs)
        self._alarms = alarms
        self._weights: dict[str, NDArray[np.float32]] = {}
        self._level = 1.0

    def fit(
        self,
        train: Batch,
        valid: Batch,
        rng: np.random.Generator,
        progress: Progress,
        checkpoints: Checkpoints | None = None,
    ) -> Fit:
        """Learn from those rows of train.x (n, d) whose label is 0.

        Raises:
            CellError: there are fewer than 10 of them, or the loss is no longer a number.
        """
        # Imported here: scoring, which a deployed model does, needs no PyTorch.
        from idsbench_anomaly import training

        benign, assumed = benign_rows("autoencoder", train)
        assumed["rows_per_step"] = training.rows_per_step(self._steps[1], len(benign))
        parts = (bounded(benign), bounded(valid.x[valid.y == 0]))
        how = (training.Schedule("autoencoder", *self._steps), rng, progress)
        start = self._start(benign.shape[1], rng)
        self._weights, history = training.train(start, _loss, parts, how, checkpoints)
        self._level = alarm_level(in_pieces(self._error, benign), self._alarms)
        return Fit(history, {**assumed, "alarm_level": self._level})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> how anomalous each row is (n,), 0 to 1; 0.5 is the alarm level."""
        return anomaly_scores(in_pieces(self._error, x), self._level)

    def parameter_count(self) -> int:
        """Weights and biases, and the alarm level."""
        return sum(array.size for array in self._weights.values()) + 1

    def macs(self) -> int:
        """One multiplication per weight."""
        return sum(self._weights[f"weight{i}"].size for i in range(LAYERS))

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays into `folder`."""
        write_arrays(folder, {**self._weights, "level": np.array(self._level)})

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads of BLAS."""
        saved = read_arrays(folder, threads)
        self._level = float(saved.pop("level"))
        self._weights = saved

    def _start(self, d: int, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        weights = {}
        for i, (inputs, outputs) in enumerate(pairwise((d, *self._widths, d))):
            weights[f"weight{i}"] = uniform(rng, inputs, (inputs, outputs))
            weights[f"bias{i}"] = np.zeros(outputs, dtype=np.float32)
        return weights

    def _error(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Root mean squared reconstruction error of rows (n, d): (n,)."""
        out = x
        for i in range(LAYERS):
            out = out @ self._weights[f"weight{i}"] + self._weights[f"bias{i}"]
            if i < LAYERS - 1:
                np.maximum(out, 0.0, out=out)
        out -= x
        return np.asarray(np.sqrt(np.square(out, dtype=np.float64).mean(axis=1)))


def _loss(weights: dict[str, Any], rows: Any) -> Any:
    """Mean squared reconstruction error of rows (b, d), as tensors."""
    out = rows
    for i in range(LAYERS):
        out = out @ weights[f"weight{i}"] + weights[f"bias{i}"]
        if i < LAYERS - 1:
            out = out.relu()
    return (out - rows).square().mean()
