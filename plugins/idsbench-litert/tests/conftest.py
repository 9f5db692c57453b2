"""Small `.tflite` files, written without TensorFlow: one matrix product, in two number types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

WIDTH = 6
WEIGHTS = np.array([[-1.5, -0.7, 0.2, 0.9, 1.3, 2.0]], dtype=np.float32)
INPUT_SCALE, WEIGHT_SCALE, OUTPUT_SCALE, OUTPUT_ZERO = 1 / 255, 2 / 127, 0.05, -10


def _scaled(scale: float, zero: int) -> schema.QuantizationParametersT:
    found = schema.QuantizationParametersT()
    found.scale, found.zeroPoint = [scale], [zero]
    return found


def _tensor(name: str, shape: list[int], kind: int, buffer: int) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, buffer
    return tensor


def _buffer(data: bytes = b"") -> schema.BufferT:
    buffer = schema.BufferT()
    buffer.data = list(data)
    return buffer


def _graph(int8: bool, outputs: int) -> tuple[schema.SubGraphT, bytes]:
    kind = schema.TensorType.INT8 if int8 else schema.TensorType.FLOAT32
    x, weights = _tensor("x", [1, WIDTH], kind, 0), _tensor("w", [outputs, WIDTH], kind, 1)
    logit = _tensor("logit", [1, outputs], kind, 0)
    data = np.repeat(WEIGHTS, outputs, axis=0)
    if int8:
        x.quantization, weights.quantization = _scaled(INPUT_SCALE, -128), _scaled(WEIGHT_SCALE, 0)
        logit.quantization = _scaled(OUTPUT_SCALE, OUTPUT_ZERO)
        data = np.rint(data / WEIGHT_SCALE).astype(np.int8)
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0, 1, -1], [2]
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = [x, weights, logit], [operator]
    graph.inputs, graph.outputs = [0], [2]
    return graph, data.tobytes()


@pytest.fixture(scope="session")
def write_linear() -> Callable[..., None]:
    """Write a file whose logit is x @ WEIGHTS; `custom` names an operator that no runtime has."""

    def write(path: Path, int8: bool = False, outputs: int = 1, custom: str = "") -> None:
        graph, data = _graph(int8, outputs)
        code = schema.OperatorCodeT()
        code.version = 4 if int8 else 1
        code.builtinCode = schema.BuiltinOperator.FULLY_CONNECTED
        if custom:
            code.builtinCode, code.customCode = schema.BuiltinOperator.CUSTOM, custom
        else:
            graph.operators[0].builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
            graph.operators[0].builtinOptions = schema.FullyConnectedOptionsT()
        code.deprecatedBuiltinCode = code.builtinCode
        model = schema.ModelT()
        model.version, model.operatorCodes, model.subgraphs = 3, [code], [graph]
        model.buffers = [_buffer(), _buffer(data)]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))

    return write


@pytest.fixture(scope="session")
def weights() -> np.ndarray:
    """Give what the files multiply by."""
    return WEIGHTS
