"""A `.tflite` file as a graph: its products, their constants, and parts of it that run alone."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench_tensorflow.runtime import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE = -1  # the format's place of an input that is not there
FLOAT32, INT32, INT8 = 0, 2, 9  # the format's kinds of numbers


@dataclass(frozen=True, eq=False)
class Product:
    """A convolution or a dense layer that has a bias; tensors are places in the graph.

    Args:
        kind: "conv", "depthwise" or "dense".
        rows, weights, bias: the tensors that it takes.
        options: strides, padding and dilation, in the format's own words.
    """

    kind: str
    rows: int
    weights: int
    bias: int
    options: Any


class Graph:
    """A `.tflite` file with one graph and one input, whose biases can be changed.

    Args:
        content: the file's bytes.
    """

    def __init__(self, content: bytes) -> None:
        from tensorflow.lite.tools import flatbuffer_utils  # type: ignore[import-untyped]

        self._format: Any = flatbuffer_utils
        self._model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
        (self._graph,) = self._model.subgraphs
        (self.input,) = (int(place) for place in self._graph.inputs)
        self.products = list(self._products())

    def content(self) -> bytes:
        """Give the file's bytes as they are now."""
        return bytes(self._format.convert_object_to_bytearray(self._model))

    def size(self, tensor: int) -> int:
        """Give how many numbers a tensor has for one row."""
        return int(np.prod(self._graph.tensors[tensor].shape))

    def meaning(self, tensor: int, values: NDArray[Any] | None = None) -> NDArray[np.float64]:
        """Give the numbers that the values of a tensor stand for; without values, a constant's."""
        about = self._graph.tensors[tensor]
        if values is None:
            values = self._constant(tensor).reshape(about.shape)
        scale, zero = self._steps(tensor, values.ndim)
        given: NDArray[np.float64] = (values.astype(np.float64) - zero) * scale
        return given

    def as_input(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        """Give rows (n, ...) as the graph's input takes them: unchanged, or as bytes."""
        if self._graph.tensors[self.input].type == FLOAT32:
            return rows
        scale, zero = self._steps(self.input, 1)
        steps: NDArray[np.int8] = np.clip(np.rint(rows / scale) + zero, -128, 127).astype(np.int8)
        return steps

    def add(self, product: Product, shift: NDArray[np.float64]) -> None:
        """Add to a product's int32 bias (k,), to the nearest step."""
        scale, _ = self._steps(product.bias, 1)
        limits = np.iinfo(np.int32)
        steps = self._constant(product.bias) + np.rint(shift / scale)
        moved = np.clip(steps, limits.min, limits.max).astype(np.int32)
        buffer = self._model.buffers[self._graph.tensors[product.bias].buffer]
        buffer.data = np.frombuffer(moved.tobytes(), np.uint8)

    def run(
        self, gives: Sequence[int], known: dict[int, NDArray[Any]]
    ) -> Iterator[list[NDArray[Any]]]:
        """Compute tensors, (1, ...) each, one row after another.

        Args:
            gives: the tensors.
            known: tensors (n, ...) that they may be computed from.
        """
        takes, operators = self._part(gives, known)
        whole = self._graph.inputs, self._graph.outputs, self._graph.operators
        self._graph.inputs, self._graph.outputs = takes, list(gives)
        self._graph.operators = operators
        content = self.content()
        self._graph.inputs, self._graph.outputs, self._graph.operators = whole
        yield from _run(content, [known[place] for place in takes])

    def _part(self, gives: Sequence[int], known: Collection[int]) -> tuple[list[int], list[Any]]:
        needed, takes, kept = set(gives), set[int](), []
        for operator in reversed(self._graph.operators):
            if needed.isdisjoint(int(place) for place in operator.outputs):
                continue
            given = {int(place) for place in operator.inputs if place != NONE}
            takes |= given.intersection(known)
            needed |= given.difference(known)
            kept.append(operator)
        return sorted(takes), kept[::-1]

    def _products(self) -> Iterator[Product]:
        from tensorflow.lite.python import schema_py_generated  # type: ignore[import-untyped]

        operator = schema_py_generated.BuiltinOperator
        kinds = {
            operator.CONV_2D: "conv",
            operator.DEPTHWISE_CONV_2D: "depthwise",
            operator.FULLY_CONNECTED: "dense",
        }
        codes = [max(c.builtinCode, c.deprecatedBuiltinCode) for c in self._model.operatorCodes]
        for node in self._graph.operators:
            places = [int(place) for place in node.inputs]
            kind = kinds.get(codes[node.opcodeIndex])
            if kind and len(places) > 2 and places[2] != NONE:
                rows, weights, bias = places[:3]
                yield Product(kind, rows, weights, bias, node.builtinOptions)

    def _constant(self, tensor: int) -> NDArray[Any]:
        about = self._graph.tensors[tensor]
        kind = {FLOAT32: np.float32, INT32: np.int32, INT8: np.int8}[about.type]
        return np.frombuffer(bytes(bytearray(self._model.buffers[about.buffer].data)), kind)

    def _steps(self, tensor: int, dimensions: int) -> tuple[NDArray[np.float64], Any]:
        """Scale and zero point of a tensor, to multiply with values of so many dimensions."""
        about = self._graph.tensors[tensor].quantization
        if about is None or about.scale is None or not len(about.scale):
            return np.ones(1), 0
        along = [1] * dimensions
        along[about.quantizedDimension if len(about.scale) > 1 else 0] = -1
        zero = np.asarray(about.zeroPoint, np.float64).reshape(along)
        return np.asarray(about.scale, np.float64).reshape(along), zero


def _run(content: bytes, given: Sequence[NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the class moves to a library that need not be here
        interpreter = tf.lite.Interpreter(
            model_content=content,
            experimental_op_resolver_type=(
                tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            ),
        )
    interpreter.allocate_tensors()
    takes = [about["index"] for about in interpreter.get_input_details()]
    gives = [about["index"] for about in interpreter.get_output_details()]
    for row in range(len(given[0])):
        for place, values in zip(takes, given, strict=True):
            interpreter.set_tensor(place, values[row : row + 1])
        interpreter.invoke()
        yield [interpreter.get_tensor(place) for place in gives]
