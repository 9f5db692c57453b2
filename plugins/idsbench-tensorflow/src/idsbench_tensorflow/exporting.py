"""The formats that a fitted network is written in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from idsbench_tensorflow.runtime import keras

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def export(network: keras.Model, form: str, out: Path, rows: NDArray[np.float32]) -> None:
    """Write the network as `form` into the empty folder `out`.

    Args:
        network: images (n, h, w, c) -> logits (n, 1).
        form: one of the formats that the models' traits name.
        out: what is in it is the artifact.
        rows: training rows (m, h, w, c), to calibrate bytes with.

    Raises:
        CellSkipped: an operator of the network has no such form.
    """
    if form == "onnx":
        from idsbench_tensorflow.onnx_export import write_onnx

        write_onnx(network, out)
    else:
        from idsbench_tensorflow.litert_export import write_litert

        write_litert(network, form, out, rows)
