"""A network with its weights: how it scores, and how it is written to a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.errors import CellError
from idsbench_tensorflow.runtime import keras
from idsbench_tensorflow.scoring import Probability, attack_probability


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network after `fit` or `restore`.

    Args:
        model: the component's name, for messages.
        shape: what the network is built from, as plain values, with `image` (h, w, c).
        network: images (n, h, w, c) -> logits (n, 1).
        probability: images (n, h, w, c) -> float64 probabilities (n,).
    """

    model: str
    shape: dict[str, Any]
    network: keras.Model
    probability: Probability

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """Images (n, h, w, c) -> probability of attack (n,).

        Raises:
            CellError: the images are not of the shape that the network was fitted on.
        """
        if x.shape[1:] != self.shape["image"]:
            raise CellError(
                f"{self.model} was fitted on images of {_by(self.shape['image'])} and cannot "
                f"score {_by(x.shape[1:])}: use the same featurizer"
            )
        return self.probability(x)

    def parameter_count(self) -> int:
        """Weights and biases, and the averages of batch normalisation, which are not trained."""
        return int(self.network.count_params())

    def save(self, folder: Path) -> None:
        """Write `weights.npz` (plain arrays in Keras's order) and `model.json` into an empty folder."""
        np.savez(folder / "weights.npz", *self.network.get_weights())
        text = json.dumps(self.shape, indent=2, sort_keys=True)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def ready(model: str, shape: dict[str, Any], network: keras.Model) -> Fitted:
    """Make a network ready to score; `shape` has its `image` and its `size`."""
    return Fitted(model, shape, network, attack_probability(network, shape["size"]))


def read_shape(folder: Path) -> dict[str, Any]:
    """Read what the network in `folder` is built from."""
    saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return {**saved, "image": tuple(saved["image"])}


def read_weights(folder: Path, network: keras.Model) -> None:
    """Give the network the weights in `folder`."""
    with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
        network.set_weights([arrays[f"arr_{place}"] for place in range(len(arrays.files))])


def need(fitted: Fitted | None, model: str) -> Fitted:
    """Give the fitted network, or say that there is none yet."""
    if fitted is None:
        raise RuntimeError(f"{model} has no weights yet: call fit or restore first")
    return fitted


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
