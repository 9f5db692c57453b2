"""The MobileNet of paper M, in Keras on TensorFlow."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Progress
from idsbench.errors import CellError
from idsbench.values import Batch, Fit, Scalar
from idsbench_tensorflow.network import WIDTHS, Architecture, build, check, macs
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.scoring import attack_probability
from idsbench_tensorflow.training import Schedule, train

PAPER_SIZE = 224
# Keras has 0.999, which needs some thousand steps before validation means anything.
MOMENTUM = 0.8


@dataclass(eq=False)
class MobileNet:
    """A MobileNet with one sigmoid output, never with downloaded weights.

    The arguments are the component's parameters; see `idsbench show model/mobilenet`. `max_rows`
    is applied by the runner to training rows before `fit`, and here to validation rows.
    """

    version: str
    alpha: float | None
    size: int
    learning_rate: float
    batch: int
    epochs: int
    patience: int
    max_rows: int | None
    _shape: Architecture | None = field(default=None, init=False, repr=False)
    _network: keras.Model | None = field(default=None, init=False, repr=False)
    _probability: Callable[[NDArray[np.float32]], NDArray[np.float64]] | None = field(
        default=None, init=False, repr=False
    )

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from images (n, h, w, c) in [0, 1] and labels (n,) of 0 and 1.

        The same generator gives the same weights on the same machine with as many CPUs.

        Raises:
            CellError: rows of one class only, more than two classes, images that do not fit the
                network, a width that the version lacks, or a loss that is no longer a number.
        """
        _check_labels(train.y)
        if self.patience and not len(valid.y):
            raise CellError(
                f"mobilenet[patience={self.patience}] needs validation rows and there are none: "
                "use mobilenet[patience=0]"
            )
        shape = self._architecture(train.x)
        check(shape)
        _use_threads(_usable_cpus())
        tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(int(rng.integers(2**31)))
        network = build(shape)
        valid = _some(valid, self.max_rows, rng)
        schedule = Schedule(self.learning_rate, self.batch, self.epochs, self.patience)
        history = _learn(network, (train, valid), schedule, rng, progress)
        self._become(shape, network)
        return Fit(history=history, assumed=self._assumed(shape))

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Images (n, h, w, c) -> probability of attack (n,).

        Raises:
            CellError: the images are not of the shape that the network was fitted on.
        """
        shape, _ = self._fitted()
        if x.shape[1:] != shape.image:
            raise CellError(
                f"mobilenet was fitted on images of {_by(shape.image)} and cannot score "
                f"{_by(x.shape[1:])}: use the same featurizer"
            )
        assert self._probability is not None
        return self._probability(x)

    def parameter_count(self) -> int:
        """Weights and biases, and the averages of batch normalisation, which are not trained."""
        return int(self._fitted()[1].count_params())

    def macs(self) -> int:
        """Multiply-accumulate operations per row, counted from the shapes."""
        return macs(self._fitted()[1])

    def save(self, folder: Path) -> None:
        """Write `weights.npz` (plain arrays in Keras's order) and `model.json` into an empty folder."""
        shape, network = self._fitted()
        np.savez(folder / "weights.npz", *network.get_weights())
        text = json.dumps(asdict(shape), indent=2, sort_keys=True)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")

    def restore(self, folder: Path, threads: int) -> None:
        """Become the network saved in `folder`; score with `threads` threads.

        TensorFlow takes a number of threads only before its first operation. In a process that
        has run one, the number stays as it is.
        """
        _use_threads(threads)
        saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        height, width, channels = saved.pop("image")
        shape = Architecture(image=(height, width, channels), **saved)
        network = build(shape)
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            network.set_weights([arrays[f"arr_{place}"] for place in range(len(arrays.files))])
        self._become(shape, network)

    def _become(self, shape: Architecture, network: keras.Model) -> None:
        self._shape, self._network = shape, network
        self._probability = attack_probability(network, shape.size)

    def _fitted(self) -> tuple[Architecture, keras.Model]:
        if self._shape is None or self._network is None:
            raise RuntimeError("mobilenet has no weights yet: call fit or restore first")
        return self._shape, self._network

    def _architecture(self, x: NDArray[np.float32]) -> Architecture:
        _, height, width, channels = x.shape
        alpha = WIDTHS[self.version][0] if self.alpha is None else self.alpha
        return Architecture((height, width, channels), self.size, self.version, alpha, MOMENTUM)

    def _assumed(self, shape: Architecture) -> dict[str, Scalar]:
        """What the paper leaves open, and the size where it differs from the paper's."""
        assumed: dict[str, Scalar] = {
            "version": shape.version,
            "alpha": shape.alpha,
            "weights": "random",
            "enlarge": "nearest",
            "normalization_momentum": shape.momentum,
            "optimizer": "adam",
            "learning_rate": self.learning_rate,
            "learning_rate_decay": "linear",
            "batch": self.batch,
            "epochs": self.epochs,
            "patience": self.patience,
        }
        return assumed if self.size == PAPER_SIZE else {"size": self.size, **assumed}


def _some(rows: Batch, most: int | None, rng: np.random.Generator) -> Batch:
    """At most `most` rows, drawn at random: to look at more than it learned from costs more time."""
    if most is None or len(rows.y) <= most:
        return rows
    chosen = np.sort(rng.choice(len(rows.y), most, replace=False))
    return Batch(rows.x[chosen], rows.y[chosen])


def _learn(
    network: keras.Model,
    parts: tuple[Batch, Batch],
    schedule: Schedule,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[dict[str, float], ...]:
    return tuple(dict(entry) for entry in train(network, parts, schedule, rng, progress))


def _use_threads(threads: int) -> None:
    """Set the threads of TensorFlow, which refuses once it has run an operation."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        return


def _check_labels(y: NDArray[np.int16]) -> None:
    classes = np.unique(y).tolist()
    if len(classes) < 2:
        found = f"only class {classes[0]}" if classes else "no rows"
        raise CellError(
            f"mobilenet learns benign from attack and the training rows have {found}: "
            "use more data or another protocol"
        )
    if classes != [0, 1]:
        raise CellError(
            f"mobilenet has one output for two classes and the training rows have {len(classes)}: "
            "use the binary task"
        )


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
