"""The model `kitnet`: small autoencoders over groups of columns, and one over their errors.

Mirsky, Doitshman, Elovici and Shabtai, "Kitsune: An Ensemble of Autoencoders for Online Network
Intrusion Detection", NDSS 2018. Widths, tied weights, sigmoids and ranges 0 to 1 are the paper's;
mini-batches, several passes and Adam in place of one online pass of gradient descent are not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.correlation import correlations
from idsbench.one_class import alarm_level, anomaly_scores, benign_rows
from idsbench.values import Batch, Fit
from idsbench_anomaly.arrays import bounded, in_pieces, read_arrays, write_arrays
from idsbench_anomaly.ensemble import Ensemble, rescaled, start, value_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


class KitNet:
    """An ensemble layer and an output layer of autoencoders, trained on benign rows.

    The score is a / (a + level) of the output layer's error a; see `idsbench.one_class`.

    Args:
        columns: most columns of a small autoencoder.
        ratio: hidden units per input of every autoencoder.
        learning_rate, batch, epochs: of Adam, for each of the two layers.
        alarms: share of benign training rows that may score 0.5 or more.
        max_rows: the cap that the runner puts on training rows; not used here.
    """

    def __init__(
        self,
        columns: int,
        ratio: float,
        learning_rate: float,
        batch: int,
        epochs: int,
        alarms: float,
        max_rows: int | None,
    ) -> None:
        self._columns, self._ratio = columns, ratio
        self._steps = (learning_rate, batch, epochs)
        self._alarms = alarms
        self._layers: tuple[Ensemble, ...] = ()
        self._level = 1.0

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from those rows of train.x (n, d) whose label is 0, first the ensemble.

        Raises:
            CellError: there are fewer than 10 of them, or the loss is no longer a number.
        """
        # Imported here: scoring, which a deployed model does, needs neither PyTorch nor scipy.
        from idsbench_anomaly import training
        from idsbench_anomaly.groups import column_groups

        benign, assumed = benign_rows("kitnet", train)
        assumed["rows_per_step"] = training.rows_per_step(self._steps[1], len(benign))
        rows, held = bounded(benign), bounded(valid.x[valid.y == 0])
        groups = column_groups(correlations(rows), self._columns)
        self._layers = ()
        history: list[dict[str, float]] = []
        for stage, members in enumerate((groups, [list(range(len(groups)))])):
            layer = start(members, self._ratio, value_range(rows), rng)
            parts = (rescaled(rows, layer.range), rescaled(held, layer.range))
            how = (training.Schedule("kitnet", *self._steps, stage), rng, progress)
            weights, told = training.train(layer.weights, layer.loss(), parts, how)
            layer = layer.learned(weights)
            self._layers += (layer,)
            history += told
            rows = in_pieces(layer.errors, rows).astype(np.float32)
            held = in_pieces(layer.errors, held).astype(np.float32)
        self._level = alarm_level(in_pieces(self._error, benign), self._alarms)
        return Fit(
            tuple(history),
            {**assumed, "alarm_level": self._level, "autoencoders": len(groups) + 1},
        )

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> how anomalous each row is (n,), 0 to 1; 0.5 is the alarm level."""
        return anomaly_scores(in_pieces(self._error, x), self._level)

    def parameter_count(self) -> int:
        """Tied weights, biases, the range of every input, and the alarm level."""
        return sum(layer.parameter_count() for layer in self._layers) + 1

    def macs(self) -> int:
        """Every tied weight multiplies twice, on the way in and on the way out."""
        return sum(2 * layer.weight_count() for layer in self._layers)

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays into `folder`."""
        arrays: dict[str, Any] = {"level": np.array(self._level)}
        for number, layer in enumerate(self._layers):
            arrays |= {f"{name}{number}": array for name, array in layer.arrays().items()}
        write_arrays(folder, arrays)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`, scoring with `threads` threads of BLAS."""
        saved = read_arrays(folder, threads)
        self._level = float(saved["level"])
        self._layers = tuple(
            Ensemble(**{name[:-1]: array for name, array in saved.items() if name[-1] == number})
            for number in "01"
        )

    def _error(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Root mean squared error of the output layer on rows (n, d): (n,)."""
        ensemble, output = self._layers
        return output.errors(ensemble.errors(x))[:, 0]
