"""An ONNX graph in parts, each of which gives one tensor from tensors that are known by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Part:
    """What computes one tensor.

    Args:
        gives: the tensor's name.
        takes: tensors that it is computed from: the graph's inputs, or what parts before it give.
        nodes: in the graph's order.
        last: of `takes`, those that no later part takes.
    """

    gives: str
    takes: tuple[str, ...]
    nodes: tuple[onnx.NodeProto, ...]
    last: tuple[str, ...]


def in_parts(graph: onnx.GraphProto, names: Sequence[str]) -> list[Part]:
    """Divide what computes float32 tensors, named in the graph's order, where they are."""
    known = {item.name for item in graph.input}
    cut = []
    for name in names:
        cut.append(_cut(graph, name, known))
        known.add(name)
    parts: list[Part] = []
    needed: set[str] = set()
    for name, nodes, takes in reversed(cut):
        last = tuple(item for item in takes if item not in needed)
        parts.append(Part(name, takes, tuple(nodes), last))
        needed.update(takes)
    return parts[::-1]


def _cut(
    graph: onnx.GraphProto, name: str, known: set[str]
) -> tuple[str, list[onnx.NodeProto], tuple[str, ...]]:
    needed, kept = {name}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(set(node.input) - known)
            kept.append(node)
    takes = {item for node in kept for item in node.input if item in known}
    return name, kept[::-1], tuple(sorted(takes))


def run_part(
    model: onnx.ModelProto, part: Part, known: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Compute the tensor that a part of a model gives, with the model's present constants."""
    opened = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    opened.graph.name = part.gives
    opened.graph.node.extend(part.nodes)
    used = {item for node in part.nodes for item in node.input}
    opened.graph.initializer.extend(item for item in model.graph.initializer if item.name in used)
    given = {item: known[item] for item in part.takes}
    opened.graph.input.extend(_any_shape(item) for item in given)
    value: NDArray[np.float32] = tensors_of(opened, [part.gives], given)[0]
    return value


def tensors_of(
    model: onnx.ModelProto, names: Sequence[str], given: Mapping[str, NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Compute float32 tensors of a model from its inputs, with no operator fused or removed."""
    import onnxruntime  # type: ignore[import-untyped]

    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.output[:]
    opened.graph.output.extend(_any_shape(name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session: Any = onnxruntime.InferenceSession(
        opened.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found: list[NDArray[np.float32]] = session.run(list(names), dict(given))
    return found


def _any_shape(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
