"""The MobileNet of paper M, in Keras on TensorFlow."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints, Progress
from idsbench.values import Batch, Fit, Scalar
from idsbench_tensorflow.devices import use_threads
from idsbench_tensorflow.exporting import export
from idsbench_tensorflow.fitted import Fitted, need, read_shape, read_weights, ready
from idsbench_tensorflow.fitting import fit, settings_of, settings_used
from idsbench_tensorflow.network import WIDTHS, Architecture, build, check, macs
from idsbench_tensorflow.papers import PAPER_M, assumed
from idsbench_tensorflow.runtime import keras
from idsbench_tensorflow.training import Told

NAME = "mobilenet"
# Keras has 0.999, which needs some thousand steps before validation means anything.
MOMENTUM = 0.8
PIXELS_AT_ONCE = 2**20


@dataclass(eq=False)
class MobileNet:
    """A MobileNet with one sigmoid output, never with downloaded weights.

    The arguments are the component's parameters; see `idsbench show model/mobilenet`. `max_rows`
    is applied by the runner to training rows before `fit`, and here to validation rows.
    """

    version: str
    alpha: float | None
    size: int
    dropout: float
    optimizer: str
    learning_rate: float
    schedule: str
    batch: int
    epochs: int
    patience: int
    loss: str
    focal_gamma: float
    class_weight: str
    device: str
    precision: str
    max_rows: int | None
    _fitted: Fitted | None = field(default=None, init=False, repr=False)

    def fit(
        self,
        train: Batch,
        valid: Batch,
        rng: np.random.Generator,
        progress: Progress,
        checkpoints: Checkpoints | None = None,
    ) -> Fit:
        """Learn from images (n, h, w, c) in [0, 1] and labels (n,) of 0 and 1.

        The same generator gives the same weights on the same machine with as many CPUs.

        Raises:
            CellError: rows of one class only, more than two classes, images that do not fit the
                network, a width that the version lacks, no CUDA device where one is asked for, or
                a loss that is no longer a number.
            MemoryError: with the batch to try.
        """
        shape = self._architecture(train.x)
        settings = settings_of(self, NAME, True, max(1, PIXELS_AT_ONCE // shape.size**2))
        settings = replace(settings, valid_rows=self.max_rows)
        told = Told(progress, checkpoints)
        network, history = fit(lambda: _built(shape), (train, valid), settings, rng, told)
        self._fitted = ready(NAME, asdict(shape), network)
        return Fit(history=history, assumed=self._assumed(shape))

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Images (n, h, w, c) -> probability of attack (n,).

        Raises:
            CellError: the images are not of the shape that the network was fitted on.
        """
        return need(self._fitted, NAME).scores(x)

    def parameter_count(self) -> int:
        """Weights and biases, and the averages of batch normalisation, which are not trained."""
        return need(self._fitted, NAME).parameter_count()

    def macs(self) -> int:
        """Multiply-accumulate operations per row, counted from the shapes."""
        return macs(need(self._fitted, NAME).network)

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write the network as one of the traits' formats; rows (m, h, w, c) calibrate bytes.

        Raises:
            CellSkipped: an operator of the network has no such form.
        """
        export(need(self._fitted, NAME).network, form, out, rows)

    def save(self, folder: Path) -> None:
        """Write `weights.npz` (plain arrays in Keras's order) and `model.json` into an empty folder."""
        need(self._fitted, NAME).save(folder)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the network saved in `folder`; score with `threads` threads.

        TensorFlow takes a number of threads only before its first operation. In a process that
        has run one, the number stays as it is.
        """
        use_threads(threads)
        shape = read_shape(folder)
        network = build(Architecture(**shape))
        read_weights(folder, network)
        self._fitted = ready(NAME, shape, network)

    def _architecture(self, x: NDArray[np.float32]) -> Architecture:
        _, height, width, channels = x.shape
        alpha = WIDTHS[self.version][0] if self.alpha is None else self.alpha
        image = (height, width, channels)
        return Architecture(image, self.size, self.version, alpha, MOMENTUM, self.dropout)

    def _assumed(self, shape: Architecture) -> dict[str, Scalar]:
        used = {**settings_used(self), "alpha": shape.alpha, "weights": "random"}
        used |= {"enlarge": "nearest", "normalization_momentum": shape.momentum}
        return assumed(used, PAPER_M)


def _built(shape: Architecture) -> keras.Model:
    check(shape)
    return build(shape)
