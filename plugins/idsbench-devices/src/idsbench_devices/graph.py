"""A model's ONNX file -> the values that C is written from; what it cannot be written of is refused."""

from __future__ import annotations

from pathlib import Path

import onnx

from idsbench_devices.graph_layers import PASSED, attributes, read_layers, refused
from idsbench_devices.graph_link import linked
from idsbench_devices.graph_trees import CLASSIFIER, REGRESSOR, read_forest
from idsbench_devices.network import Forest, Layers


def read_graph(path: Path, shape: tuple[int, ...]) -> Forest | Layers:
    """Read a file with one input `x` (n, ...) and one output of scores (n,) or (n, k).

    Args:
        path: the file.
        shape: of one row: (d,) or (h, w, c).

    Raises:
        CellSkipped: the graph has an operator that no C is written for.
    """
    graph = onnx.load(path).graph
    known = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            known[node.output[0]] = onnx.numpy_helper.to_array(attributes(node)["value"])
    nodes = [node for node in graph.node if node.op_type != "Constant"]
    kind = nodes[0].op_type if nodes else ""
    if kind not in (CLASSIFIER, REGRESSOR):
        return read_layers(nodes, known, shape)
    forest = read_forest(kind, attributes(nodes[0]), shape[0])
    if kind == REGRESSOR:
        return linked(forest, nodes[1:], known)
    # Behind trees of two classes the attack's score is taken, which is what they sum up.
    taken = ("Gather",) if forest.outputs == 1 else ()
    for node in nodes[1:]:
        if node.op_type not in (*PASSED, *taken):
            raise refused(node)
    return forest
