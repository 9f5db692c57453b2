"""A network with its weights: how it scores, and how it is written to a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.errors import CellError
from idsbench_torch.fitting import as_tensor
from idsbench_torch.runtime import Tensor, nn, torch


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network after `fit` or `restore`.

    Args:
        model: the component's name, for messages.
        shape: what the network is built from, as plain values, with `image` (h, w, c).
        network: the modules, for images (n, c, h, w).
        probability: images (n, h, w, c) -> float64 probabilities (n,).
        rows_at_once: the most rows scored together, which bounds the memory of scoring.
    """

    model: str
    shape: dict[str, Any]
    network: nn.Sequential
    probability: Callable[[Tensor], Tensor]
    rows_at_once: int

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
        with torch.inference_mode():
            images = as_tensor(x)
            if len(x) <= self.rows_at_once:
                return self.probability(images).numpy()
            pieces = [self.probability(piece) for piece in torch.split(images, self.rows_at_once)]
            return torch.cat(pieces).numpy()

    def parameter_count(self) -> int:
        """Weights and biases, and the averages of batch normalisation, which are not trained."""
        state = self.network.state_dict()
        return sum(
            values.numel() for name, values in state.items() if "num_batches_tracked" not in name
        )

    def save(self, folder: Path) -> None:
        """Write `weights.pt` and `model.json` into an empty folder."""
        torch.save(self.network.state_dict(), folder / "weights.pt")
        text = json.dumps(self.shape, indent=2, sort_keys=True)
        (folder / "model.json").write_text(text + "\n", encoding="utf-8")

    def export(self, out: Path) -> None:
        """Write `model.onnx` into `out`."""
        # Loading the exporter takes seconds, and most trainings are never exported.
        from idsbench_torch.onnx_export import write_onnx

        write_onnx(self.network, self.shape["image"], out)


def read_shape(folder: Path) -> dict[str, Any]:
    """Read what the network in `folder` is built from."""
    saved = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return {**saved, "image": tuple(saved["image"])}


def read_weights(folder: Path, network: nn.Module, threads: int) -> None:
    """Give the network the weights in `folder`; let PyTorch use so many threads from now on."""
    torch.set_num_threads(threads)
    weights = torch.load(folder / "weights.pt", map_location="cpu", weights_only=True)
    network.load_state_dict(weights)


def need(fitted: Fitted | None, model: str) -> Fitted:
    """Give the fitted network, or say that there is none yet."""
    if fitted is None:
        raise RuntimeError(f"{model} has no weights yet: call fit or restore first")
    return fitted


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)
