"""A fitted network as an ONNX file."""

from __future__ import annotations

import warnings
from pathlib import Path

from idsbench_torch.runtime import Tensor, nn, torch

FILE = "model.onnx"
OPSET = 18


class _Scores(nn.Module):
    """Images (n, h, w, c) -> probability of attack (n,): what a target asks for."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.network(x.permute(0, 3, 1, 2))
        return torch.sigmoid(logits[:, 0])


def write_onnx(network: nn.Module, image: tuple[int, int, int], out: Path) -> None:
    """Write `model.onnx` into `out`: input `x` (n, h, w, c), output `scores` (n,), both float32.

    Enlarging and the sigmoid are part of it.

    Args:
        network: the modules, for images (n, c, h, w).
        image: height, width and channels of one image.
    """
    scores = _Scores(network).eval()
    # Two rows: with one the exporter takes the number of rows for a constant.
    example = torch.zeros((2, *image))
    rows = torch.export.Dim("n", min=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own deprecations, inside its exporter
        torch.onnx.export(
            scores,
            (example,),
            out / FILE,
            input_names=["x"],
            output_names=["scores"],
            opset_version=OPSET,
            dynamic_shapes={"x": {0: rows}},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
