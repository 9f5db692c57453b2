"""The convolutional network of paper C, in PyTorch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints, Progress
from idsbench.values import Batch, Fit
from idsbench_torch.architecture import Architecture, check, macs
from idsbench_torch.devices import moved, scoring_on, usable_cpus, wait_for_gpu
from idsbench_torch.fitted import Fitted, need, read_shape, read_weights
from idsbench_torch.fitting import fit, settings_of, settings_used
from idsbench_torch.network import attack_probability, build
from idsbench_torch.papers import PAPER_C, assumed
from idsbench_torch.runtime import nn
from idsbench_torch.training import Told

NAME = "cnn"
# Of one layer, in numbers: an image enlarged to 224 x 224 has 1.6 million behind a convolution.
SCORED_AT_ONCE = 2**24
LEARNED_AT_ONCE = 2**26


@dataclass(eq=False)
class Cnn:
    """A small convolutional network with one sigmoid output.

    The arguments are the component's parameters; see `idsbench show model/cnn`. `max_rows` is
    applied by the runner before `fit`.
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
        shape = self._architecture(train.x)
        settings = settings_of(self, NAME, usable_cpus(), _rows(shape, LEARNED_AT_ONCE))
        told = Told(progress, checkpoints)
        network, history = fit(lambda: _built(shape), (train, valid), settings, rng, told)
        self._fitted = _ready(shape, network)
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
        return macs(Architecture(**need(self._fitted, NAME).shape))

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
            from idsbench_torch.litert_export import write_cnn

            write_cnn(fitted.network, Architecture(**fitted.shape), form, out, rows)

    def restore(self, folder: Path, threads: int) -> None:
        """Become the network saved in `folder`; score with `threads` threads."""
        shape = Architecture(**read_shape(folder))
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
        scoring = attack_probability(network, Architecture(**fitted.shape))
        self._fitted = replace(fitted, network=network, probability=scoring_on(device, scoring))

    def wait(self) -> None:
        """Return when all scores asked for are there."""
        wait_for_gpu()

    def _architecture(self, x: NDArray[np.float32]) -> Architecture:
        _, height, width, channels = x.shape
        own = {name.name for name in fields(Architecture)} - {"image"}
        return Architecture(
            (height, width, channels), **{name: getattr(self, name) for name in own}
        )


def _built(shape: Architecture) -> nn.Sequential:
    check(shape)
    return build(shape)


def _ready(shape: Architecture, network: nn.Sequential) -> Fitted:
    network.eval()
    probability = attack_probability(network, shape)
    return Fitted(NAME, asdict(shape), network, probability, _rows(shape, SCORED_AT_ONCE))


def _rows(shape: Architecture, numbers: int) -> int:
    """How many rows have so many numbers behind their first convolution, before a stride."""
    return max(1, numbers // (shape.filters * shape.size**2))
