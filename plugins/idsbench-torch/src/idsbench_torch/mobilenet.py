"""The MobileNet of paper M, in PyTorch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints, Progress
from idsbench.values import Batch, Fit, Scalar
from idsbench_torch.devices import moved, scoring_on, usable_cpus, wait_for_gpu
from idsbench_torch.fitted import Fitted, need, read_shape, read_weights
from idsbench_torch.fitting import fit, settings_of, settings_used
from idsbench_torch.mobilenet_network import (
    WIDTHS,
    MobileShape,
    build,
    check,
    macs,
)
from idsbench_torch.mobilenet_scoring import attack_probability
from idsbench_torch.papers import PAPER_M, assumed
from idsbench_torch.runtime import nn
from idsbench_torch.training import Told

NAME = "mobilenet-torch"
# The partner in Keras has the same, because 0.999 needs some thousand steps before validation
# means anything.
MOMENTUM = 0.8
PIXELS_AT_ONCE = 2**20
PIXELS_OF_ONE_THREAD = 2**16


@dataclass(eq=False)
class MobileNet:
    """A MobileNet with one sigmoid output, never with downloaded weights.

    The arguments are the component's parameters; see `idsbench show model/mobilenet-torch`.
    `max_rows` is applied by the runner to training rows before `fit`, and here to validation rows.
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
        shape = self._shape(train.x)
        # A batch is never divided: it is normalised as a whole.
        settings = settings_of(self, NAME, self._threads(), max(self.batch, _rows(shape)))
        settings = replace(settings, valid_rows=self.max_rows)
        told = Told(progress, checkpoints)
        network, history = fit(lambda: _built(shape), (train, valid), settings, rng, told)
        self._fitted = _ready(shape, network)
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
        """Multiply-accumulate operations per row."""
        fitted = need(self._fitted, NAME)
        return macs(fitted.network, MobileShape(**fitted.shape))

    def save(self, folder: Path) -> None:
        """Write `weights.pt` and `model.json` into an empty folder."""
        need(self._fitted, NAME).save(folder)

    def export(self, form: str, out: Path, rows: NDArray[np.float32]) -> None:
        """Write the network as one of the traits' formats; rows (m, h, w, c) calibrate bytes.

        Raises:
            CellSkipped: what makes this format is not installed, or lacks an operator.
        """
        fitted = need(self._fitted, NAME)
        if form == "onnx":
            fitted.export(out)
        else:
            from idsbench_torch.litert_export import write_mobilenet

            write_mobilenet(fitted.network, MobileShape(**fitted.shape), form, out, rows)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the network saved in `folder`; score with `threads` threads."""
        shape = MobileShape(**read_shape(folder))
        network = build(shape)
        read_weights(folder, network, threads)
        self._fitted = _ready(shape, network)

    def move_to(self, device: str) -> None:
        """Score on this device from now on.

        Raises:
            CellSkipped: PyTorch cannot use it here.
        """
        fitted = need(self._fitted, NAME)
        network = moved(fitted.network, NAME, device)
        assert isinstance(network, nn.Sequential)
        scoring = attack_probability(network)
        self._fitted = replace(fitted, network=network, probability=scoring_on(device, scoring))

    def wait(self) -> None:
        """Return when all scores asked for are there."""
        wait_for_gpu()

    def _threads(self) -> int:
        """One where a second gains nothing: on so few pixels both mostly wait for one another."""
        return 1 if self.batch * self.size**2 <= PIXELS_OF_ONE_THREAD else usable_cpus()

    def _shape(self, x: NDArray[np.float32]) -> MobileShape:
        _, height, width, channels = x.shape
        alpha = WIDTHS[self.version][0] if self.alpha is None else self.alpha
        image = (height, width, channels)
        return MobileShape(image, self.size, self.version, alpha, MOMENTUM, self.dropout)

    def _assumed(self, shape: MobileShape) -> dict[str, Scalar]:
        used = {**settings_used(self), "alpha": shape.alpha, "weights": "random"}
        used |= {"enlarge": "nearest", "normalization_momentum": shape.momentum}
        return assumed(used, PAPER_M)


def _built(shape: MobileShape) -> nn.Sequential:
    check(shape)
    return build(shape)


def _ready(shape: MobileShape, network: nn.Sequential) -> Fitted:
    network.eval()
    return Fitted(NAME, asdict(shape), network, attack_probability(network), _rows(shape))


def _rows(shape: MobileShape) -> int:
    return max(1, PIXELS_AT_ONCE // shape.size**2)
