"""A fitted network as a `.tflite` file: its weights in its partner in Keras, and TensorFlow's converter.

The partners in idsbench-tensorflow are the same networks, to the last bits of a logit, and its
converter is what makes full-integer files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idsbench.errors import CellSkipped
from idsbench_torch.architecture import Architecture, sides
from idsbench_torch.mobilenet_network import MobileShape
from idsbench_torch.runtime import Tensor, nn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Calibration = NDArray[np.float32]


def write_cnn(
    network: nn.Sequential, shape: Architecture, form: str, out: Path, rows: Calibration
) -> None:
    """Write `model.tflite` into `out`: one image (1, h, w, c) in, its logit (1, 1) out.

    Args:
        network: the modules, for images (n, c, h, w).
        shape: what it was built from.
        form: `litert`, `litert-fp16` or `litert-int8`.
        out: an empty folder.
        rows: training rows (m, h, w, c) to calibrate bytes with.

    Raises:
        CellSkipped: the partner is not installed, or the converter has no form for an operator.
    """
    _need_partner("cnn")
    from idsbench_tensorflow.cnn_network import CnnShape, build
    from idsbench_tensorflow.exporting import export

    names = [field.name for field in fields(CnnShape)]
    partner = build(CnnShape(**{name: getattr(shape, name) for name in names}))
    side = sides(shape)[-1][1]
    partner.set_weights(list(_weights(network, (shape.filters, side, side))))
    export(partner, form, out, rows)


def write_mobilenet(
    network: nn.Sequential, shape: MobileShape, form: str, out: Path, rows: Calibration
) -> None:
    """Write `model.tflite` into `out`, as `write_cnn` does."""
    _need_partner("mobilenet-torch")
    from idsbench_tensorflow.exporting import export
    from idsbench_tensorflow.network import Architecture as Partner
    from idsbench_tensorflow.network import build

    partner = build(Partner(**asdict(shape)))
    partner.set_weights(list(_weights(network, None)))
    export(partner, form, out, rows)


def _need_partner(model: str) -> None:
    try:
        import idsbench_tensorflow.runtime  # noqa: F401 # loads TensorFlow
    except ModuleNotFoundError as error:
        raise CellSkipped(
            f"a LiteRT file of '{model}' is made by TensorFlow's converter, and {error.name} is "
            "not installed: pip install idsbench-tensorflow, or use edge-onnx"
        ) from error


def _weights(network: nn.Module, image: tuple[int, int, int] | None) -> Iterator[Any]:
    """Weights, biases and averages in the order and the layouts of Keras.

    Args:
        network: the modules.
        image: channels, height and width of what its first dense layer flattens; None if nothing.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            # (out, in, h, w) -> (h, w, in, out), of depthwise ones (h, w, in, 1).
            order = (2, 3, 0, 1) if layer.groups > 1 else (2, 3, 1, 0)
            yield layer.weight.detach().permute(order).numpy()
            yield from _rest(layer)
        elif isinstance(layer, nn.BatchNorm2d):
            yield layer.weight.detach().numpy()
            yield from _rest(layer)
        elif isinstance(layer, nn.Linear):
            yield _dense(layer.weight.detach(), image).numpy()
            yield from _rest(layer)
            image = None


def _rest(layer: nn.Module) -> Iterator[Any]:
    """Biases and averages, in PyTorch's order, which is Keras's."""
    for name, values in layer.state_dict().items():
        if name not in ("weight", "num_batches_tracked"):
            yield values.numpy()


def _dense(weights: Tensor, image: tuple[int, int, int] | None) -> Tensor:
    """(out, in) -> (in, out); Keras flattens (h, w, c), PyTorch (c, h, w)."""
    if image is None:
        return weights.T
    in_order = weights.reshape(len(weights), *image).permute(2, 3, 1, 0)
    return in_order.reshape(-1, len(weights))
