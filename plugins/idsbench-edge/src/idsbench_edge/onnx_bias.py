"""Bias correction of a quantised ONNX graph (Nagel et al., 2019, section 4.2, on calibration rows).

Rounding moves the mean of what a product gives, and the more so the more alike the rows are: then
most of them are rounded the same way. Shifting the bias by that much takes the mean back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import numpy_helper

from idsbench_edge.onnx_parts import in_parts, run_part, tensors_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Change = Callable[[str, "NDArray[np.float32]"], "NDArray[np.float32]"]
WITH_BIAS = ("Conv", "Gemm")
BIAS = 2  # the place of the bias among their inputs
MOST_NUMBERS = 2**25  # that one tensor holds: 128 MiB
INT32_LOW, INT32_HIGH = -(2**31), 2**31 - 1


def give_biases(model: onnx.ModelProto) -> None:
    """Name each product of a graph, and give it a bias of zeros where it has none, in place."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for place, node in enumerate(model.graph.node):
        if node.op_type not in WITH_BIAS:
            continue
        node.name = f"product{place}"
        if len(node.input) > BIAS or node.input[1] not in weights:
            continue
        zeros = np.zeros(_channels(node, weights[node.input[1]]), np.float32)
        model.graph.initializer.append(numpy_helper.from_array(zeros, f"{node.name}_bias"))
        node.input.append(f"{node.name}_bias")


def correct_biases(
    exact: onnx.ModelProto, quantised: onnx.ModelProto, rows: NDArray[np.float32]
) -> None:
    """Shift the biases of a quantised graph, in place, until each product has its exact mean.

    Products are corrected from the input on, so each shift makes up for what is left of the
    roundings before it too. What has no bias stays as it is.

    Args:
        exact: the graph in single precision, after `give_biases`.
        quantised: the same graph in QDQ form, with the same names.
        rows: (m, ...) calibration rows; fewer are used where the graph makes large images of them.
    """
    products = [node for node in exact.graph.node if node.op_type in WITH_BIAS]
    gives = [product.output[0] for product in products]
    if not gives:
        return
    rows = _some(exact, gives, rows)
    means: dict[str, NDArray[np.float64]] = {}

    def note(name: str, value: NDArray[np.float32]) -> NDArray[np.float32]:
        means[name] = _means(value)
        return value

    _through(exact, gives, rows, note)
    same = {node.name: node for node in quantised.graph.node}
    pairs = {same[product.name].output[0]: product for product in products}
    made_by = {name: node for node in quantised.graph.node for name in node.output}

    def shift(name: str, value: NDArray[np.float32]) -> NDArray[np.float32]:
        product = pairs[name]
        for bias in same[product.name].input[BIAS:]:
            moved = _add(
                quantised, made_by.get(bias), bias, means[product.output[0]] - _means(value)
            )
            value = value + moved.reshape(-1, *(1,) * (value.ndim - 2))
        return value

    _through(quantised, list(pairs), rows, shift)


def _through(
    model: onnx.ModelProto, names: Sequence[str], rows: NDArray[np.float32], change: Change
) -> None:
    """Compute tensors one after another; what `change` makes of each is what later ones see."""
    known = {model.graph.input[0].name: rows}
    for part in in_parts(model.graph, names):
        known[part.gives] = change(part.gives, run_part(model, part, known))
        for name in part.last:
            del known[name]


def _channels(node: onnx.NodeProto, weights: onnx.TensorProto) -> int:
    transposed = any(given.name == "transB" and given.i for given in node.attribute)
    by_row = node.op_type == "Conv" or transposed
    return int(weights.dims[0] if by_row else weights.dims[1])


def _some(
    exact: onnx.ModelProto, names: Sequence[str], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Choose rows evenly, no more than every tensor may hold numbers for."""
    ones = tensors_of(exact, names, {exact.graph.input[0].name: rows[:1]})
    most = max(1, MOST_NUMBERS // max(value.size for value in ones))
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
    return np.ascontiguousarray(rows[places])


def _means(value: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the mean of each channel (k,) of a tensor (n, k, ...)."""
    means: NDArray[np.float64] = value.mean(axis=(0, *range(2, value.ndim)), dtype=np.float64)
    return means


def _add(
    model: onnx.ModelProto, maker: onnx.NodeProto | None, name: str, shift: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Add to a bias (k,): to its int32 steps where it is quantised, else to its numbers.

    Returns:
        what was added (k,), in whole steps.
    """
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    tensor = tensors[maker.input[0] if maker else name]
    before = numpy_helper.to_array(tensor)
    step = np.ones(1) if maker is None else numpy_helper.to_array(tensors[maker.input[1]])
    if maker is None:
        after = (before + shift).astype(np.float32)
    else:
        after = np.clip(before + np.rint(shift / step), INT32_LOW, INT32_HIGH).astype(np.int32)
    tensor.CopyFrom(numpy_helper.from_array(after, tensor.name))
    added: NDArray[np.float64] = (after.astype(np.float64) - before) * step
    return added.astype(np.float32)
