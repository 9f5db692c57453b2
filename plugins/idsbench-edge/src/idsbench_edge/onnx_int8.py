"""Static quantisation of an ONNX file to int8, calibrated on training rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from idsbench.errors import CellSkipped
from idsbench_edge.onnx_bias import correct_biases, give_biases
from idsbench_edge.onnx_target import QUANTISED
from idsbench_edge.tree_ensemble import ML_DOMAIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 64
# With them the range of a product ends where its activation ends, and wastes no step beyond.
ACTIVATIONS = ("Clip", "Relu")


def quantise(path: Path, rows: NDArray[np.float32]) -> None:
    """Replace a file by its int8 form: weights per channel, activations by the range over `rows`.

    Biases are shifted so that every product keeps its mean over `rows`.

    Args:
        path: the file.
        rows: (m, ...) as the model takes them.

    Raises:
        CellSkipped: the graph has no operator that int8 applies to.
    """
    from onnxruntime.quantization.shape_inference import (  # type: ignore[import-untyped]
        quant_pre_process,
    )

    _need_products(path)
    before = path.with_suffix(".fp32.onnx")
    logging.getLogger().setLevel(logging.ERROR)  # its advice is about a step that was just done
    quant_pre_process(str(path), str(before), skip_symbolic_shape=True)
    exact = onnx.load(before)
    give_biases(exact)
    onnx.save(exact, before)
    _write_bytes(before, path, rows)
    before.unlink()
    quantised = onnx.load(path)
    correct_biases(exact, quantised, rows)
    del quantised.graph.value_info[:]  # shapes that were inferred for quantising
    onnx.save(quantised, path)


def _write_bytes(before: Path, path: Path, rows: NDArray[np.float32]) -> None:
    from onnxruntime.quantization import (  # type: ignore[import-untyped]
        QuantFormat,
        QuantType,
        quantize_static,
    )

    quantize_static(
        str(before),
        str(path),
        _Rows(_input(before), rows),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=[*QUANTISED, *ACTIVATIONS],
    )


def _need_products(path: Path) -> None:
    nodes = onnx.load(path).graph.node
    if {node.op_type for node in nodes} & set(QUANTISED):
        return
    whole = sorted({node.op_type for node in nodes if node.domain == ML_DOMAIN})
    found = f"the model's graph has only {', '.join(sorted({node.op_type for node in nodes}))}"
    if whole:
        found = f"the model is a {', '.join(whole)}, whose numbers stay in single precision"
    raise CellSkipped(
        f"edge-onnx[precision=int8] applies to {', '.join(QUANTISED)} and {found}: "
        "use edge-onnx[precision=fp32]"
    )


class _Rows:
    """Calibration rows in the form that ONNX Runtime reads: one batch at a time, then None."""

    def __init__(self, name: str, rows: NDArray[np.float32]) -> None:
        starts = range(0, len(rows), BATCH)
        self._batches: Iterator[dict[str, Any]] = (
            {name: np.ascontiguousarray(rows[start : start + BATCH])} for start in starts
        )

    def get_next(self) -> dict[str, Any] | None:
        return next(self._batches, None)


def _input(path: Path) -> str:
    return str(onnx.load(path).graph.input[0].name)
