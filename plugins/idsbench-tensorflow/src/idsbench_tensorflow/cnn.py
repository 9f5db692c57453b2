"""The convolutional network of paper C, in Keras on TensorFlow."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints, Progress
from idsbench.values import Batch, Fit
from idsbench_tensorflow.cnn_network import CnnShape, build, check
from idsbench_tensorflow.devices import use_threads
from idsbench_tensorflow.exporting import export
from idsbench_tensorflow.fitted import Fitted, need, read_shape, read_weights, ready
from idsbench_tensorflow.fitting import fit, settings_of, settings_used
from idsbench_tensorflow.network import macs
from idsbench_tensorflow.papers import PAPER_C, assumed
from idsbench_tensorflow.runtime import keras
from idsbench_tensorflow.training import Told

NAME = "cnn-keras"
# Of one layer, in numbers: an image enlarged to 224 x 224 has 1.6 million behind a convolution.
LEARNED_AT_ONCE = 2**26


@dataclass(eq=False)
class Cnn:
    """A small convolutional network with one sigmoid output.

    The arguments are the component's parameters; see `idsbench show model/cnn-keras`. `max_rows`
    is applied by the runner before `fit`.
    """

    size: int
    filters: int
    kernel: int
    stride: int
    padding: str
    convolutions: int
    pooling: int
    pooling_type: str
    activation: str
    dense: int
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

        The same generator gives the same weights on the same machine with as many CPUs. A batch
        whose layers would need more than some gigabytes goes through in pieces; the step is the
        same.

        Raises:
            CellError: rows of one class only, more than two classes, images that do not fit the
                network, no CUDA device where one is asked for, or a loss that is no longer a number.
            MemoryError: with the batch to try.
        """
        shape = self._shape(train.x)
        rows_at_once = max(1, LEARNED_AT_ONCE // (shape.filters * shape.size**2))
        settings = settings_of(self, NAME, False, rows_at_once)
        told = Told(progress, checkpoints)
        network, history = fit(lambda: _built(shape), (train, valid), settings, rng, told)
        self._fitted = ready(NAME, asdict(shape), network)
        open_or_other = assumed(settings_used(self), PAPER_C)
        return Fit(history=history, assumed={**open_or_other, "enlarge": "nearest"})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Images (n, h, w, c) -> probability of attack (n,).

        Raises:
            CellError: the images are not of the shape that the network was fitted on.
        """
        return need(self._fitted, NAME).scores(x)

    def parameter_count(self) -> int:
        """Weights and biases."""
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
        network = build(CnnShape(**shape))
        read_weights(folder, network)
        self._fitted = ready(NAME, shape, network)

    def _shape(self, x: NDArray[np.float32]) -> CnnShape:
        _, height, width, channels = x.shape
        own = {name.name for name in fields(CnnShape)} - {"image"}
        return CnnShape((height, width, channels), **{name: getattr(self, name) for name in own})


def _built(shape: CnnShape) -> keras.Model:
    check(shape)
    return build(shape)
