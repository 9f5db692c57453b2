"""A fitted network as an ONNX file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
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
        return torch.sigmoid(logits.squeeze(1).double())


def write_onnx(network: nn.Sequential, image: tuple[int, int, int], out: Path) -> None:
    """Write `model.onnx` into `out`: input `x` (n, h, w, c) float32, output `scores` (n,) float64.

    Enlarging and the sigmoid are part of it. In float32 all logits over 17 would become one score.

    Args:
        network: the modules, for images (n, c, h, w).
        image: height, width and channels of one image.
    """
    scores = _Scores(nn.Sequential(*_in_few_operators(network, image))).eval()
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
    _leave_out_notes(out / FILE)


def _leave_out_notes(path: Path) -> None:
    """Drop what the exporter notes on each operator: lines of code, in folders of this machine."""
    import onnx

    model = onnx.load(path)
    del model.graph.value_info[:]
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def _in_few_operators(network: nn.Sequential, image: tuple[int, int, int]) -> Iterator[nn.Module]:
    """The layers of a network, with the same results, as a runtime does them in fewer steps.

    A factor of enlargement is a constant where the number of pixels is computed from the rows'
    shape in each call. A ReLU that follows its convolution is computed with it; a maximum is the
    same before and after it.
    """
    layers = list(network)
    for place, layer in enumerate(layers):
        before = layers[place - 1] if place else None
        after = layers[place + 1] if place + 1 < len(layers) else None
        if isinstance(layer, nn.MaxPool2d) and isinstance(after, nn.ReLU):
            yield after
        elif isinstance(layer, nn.ReLU) and isinstance(before, nn.MaxPool2d):
            yield before
        elif isinstance(layer, nn.Upsample):
            yield _by_factor(layer, image)
        else:
            yield layer


def _by_factor(enlarge: nn.Upsample, image: tuple[int, int, int]) -> nn.Upsample:
    assert isinstance(enlarge.size, tuple)
    height, width = enlarge.size
    if height % image[0] or width % image[1]:
        return enlarge  # the factor would be rounded
    return nn.Upsample(scale_factor=(height // image[0], width // image[1]), mode=enlarge.mode)
