"""The convolutional network of paper C, in PyTorch."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Progress
from idsbench.errors import CellError
from idsbench.values import Batch, Fit, Scalar
from idsbench_torch.architecture import Architecture, check, macs
from idsbench_torch.network import attack_probability, build
from idsbench_torch.runtime import Tensor, nn, torch
from idsbench_torch.training import Part, Schedule, train

# What paper C prints. It prints 50 epochs in its text and 10 under its curves.
PAPER: dict[str, tuple[Scalar, ...]] = {
    "size": (224,),
    "filters": (32,),
    "kernel": (3,),
    "pooling": (2,),
    "learning_rate": (0.0001,),
    "batch": (1024,),
    "epochs": (50, 10),
}
# What paper C does not say, or leaves as a choice.
OPEN = ("convolutions", "dense", "padding", "patience")
ACTIVATIONS_PER_PIECE = 2**24


@dataclass(eq=False)
class Cnn:
    """A small convolutional network with one sigmoid output.

    The arguments are the component's parameters; see `idsbench show model/cnn`. `max_rows` is
    applied by the runner before `fit`.
    """

    size: int
    filters: int
    kernel: int
    convolutions: int
    dense: int
    padding: str
    pooling: int
    learning_rate: float
    batch: int
    epochs: int
    patience: int
    max_rows: int | None
    _shape: Architecture | None = field(default=None, init=False, repr=False)
    _network: nn.Sequential | None = field(default=None, init=False, repr=False)
    _probability: Callable[[Tensor], Tensor] | None = field(default=None, init=False, repr=False)

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from images (n, h, w, c) in [0, 1] and labels (n,) of 0 and 1.

        The same generator gives the same weights on the same machine with as many CPUs.

        Raises:
            CellError: rows of one class only, more than two classes, images that do not fit the
                network, or a loss that is no longer a number.
        """
        _check_labels(train.y)
        if self.patience and not len(valid.y):
            raise CellError(
                f"cnn[patience={self.patience}] needs validation rows and there are none: "
                "use cnn[patience=0]"
            )
        shape = self._architecture(train.x)
        check(shape)
        torch.set_num_threads(_usable_cpus())
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(int(rng.integers(2**31)))
        network = build(shape)
        schedule = Schedule(self.learning_rate, self.batch, self.epochs, self.patience)
        history = _learn(network, (train, valid), schedule, rng, progress)
        self._become(shape, network)
        return Fit(history=history, assumed=self._assumed())

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Images (n, h, w, c) -> probability of attack (n,).

        Raises:
            CellError: the images are not of the shape that the network was fitted on.
        """
        if self._probability is None or self._shape is None:
            raise RuntimeError("cnn has no weights yet: call fit or restore first")
        if x.shape[1:] != self._shape.image:
            raise CellError(
                f"cnn was fitted on images of {_by(self._shape.image)} and cannot score "
                f"{_by(x.shape[1:])}: use the same featurizer"
            )
        with torch.inference_mode():
            images = _tensor(x)
            if len(x) <= self._rows_per_piece:
                return self._probability(images).numpy()
            pieces = [
                self._probability(piece) for piece in torch.split(images, self._rows_per_piece)
            ]
            return torch.cat(pieces).numpy()

    def parameter_count(self) -> int:
        """Weights and biases."""
        return sum(weights.numel() for weights in self._fitted()[1].parameters())

    def macs(self) -> int:
        """Multiply-accumulate operations per row, counted from the shapes."""
        return macs(self._fitted()[0])

    def save(self, folder: Path) -> None:
        """Write `weights.pt` and `model.json` into an empty folder."""
        shape, network = self._fitted()
        torch.save(network.state_dict(), folder / "weights.pt")
        text = json.dumps(asdict(shape), indent=2, sort_keys=True)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")

    def restore(self, folder: Path, threads: int) -> None:
        """Become the network saved in `folder`; score with `threads` threads."""
        torch.set_num_threads(threads)
        saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        height, width, channels = saved.pop("image")
        shape = Architecture(image=(height, width, channels), **saved)
        network = build(shape)
        weights = torch.load(folder / "weights.pt", map_location="cpu", weights_only=True)
        network.load_state_dict(weights)
        self._become(shape, network)

    def _become(self, shape: Architecture, network: nn.Sequential) -> None:
        network.eval()
        self._shape, self._network = shape, network
        self._probability = attack_probability(network, shape)
        # Bounds the memory of scoring: an image enlarged to 224 x 224 has 1.6 million activations.
        self._rows_per_piece = max(1, ACTIVATIONS_PER_PIECE // (shape.filters * shape.size**2))

    def _fitted(self) -> tuple[Architecture, nn.Sequential]:
        if self._shape is None or self._network is None:
            raise RuntimeError("cnn has no weights yet: call fit or restore first")
        return self._shape, self._network

    def _architecture(self, x: NDArray[np.float32]) -> Architecture:
        _, height, width, channels = x.shape
        return Architecture(
            (height, width, channels),
            self.size,
            self.filters,
            self.kernel,
            self.convolutions,
            self.dense,
            self.padding,
            self.pooling,
        )

    def _assumed(self) -> dict[str, Scalar]:
        """What differs from the paper, and what the paper leaves open."""
        differs = [name for name, printed in PAPER.items() if getattr(self, name) not in printed]
        values: dict[str, Scalar] = {name: getattr(self, name) for name in (*differs, *OPEN)}
        return {**values, "enlarge": "nearest"}


def _learn(
    network: nn.Sequential,
    batches: tuple[Batch, Batch],
    schedule: Schedule,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[dict[str, float], ...]:
    train_part, valid_part = (
        Part(_tensor(part.x).permute(0, 3, 1, 2), torch.from_numpy(part.y.astype(np.float32)))
        for part in batches
    )
    history = train(network, (train_part, valid_part), schedule, rng, progress)
    return tuple(dict(entry) for entry in history)


def _check_labels(y: NDArray[np.int16]) -> None:
    classes = np.unique(y).tolist()
    if len(classes) < 2:
        found = f"only class {classes[0]}" if classes else "no rows"
        raise CellError(
            f"cnn learns benign from attack and the training rows have {found}: "
            "use more data or another protocol"
        )
    if classes != [0, 1]:
        raise CellError(
            f"cnn has one output for two classes and the training rows have {len(classes)}: "
            "use the binary task"
        )


def _tensor(x: NDArray[np.float32]) -> Tensor:
    """Share the memory of an array in row order, or copy one that runs backwards.

    Nothing here writes to it, so a read-only map is safe.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.ascontiguousarray(x))


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
