"""ONNX operators of small networks -> layers. Numbers lie channel by channel, as in ONNX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellSkipped
from idsbench_devices.network import Layer, Layers, Sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

Known = Mapping[str, "NDArray[Any]"]
FUNCTIONS = {
    "Relu": "relu",
    "Elu": "elu",
    "Tanh": "tanh",
    "Sigmoid": "logistic",
    "Softmax": "softmax",
}
PASSED = ("Cast", "Identity", "Normalizer", "Squeeze")
LINKS = {"LOGISTIC": "logistic", "SOFTMAX": "softmax"}


def read_layers(nodes: Sequence[Any], known: Known, shape: tuple[int, ...]) -> Layers:
    """Follow the graph from rows to scores.

    Args:
        nodes: operators in order, none of them a Constant.
        known: the graph's constants.
        shape: of one row: (d,) or (h, w, c).

    Raises:
        CellSkipped: an operator, or a form of it, that no C is written for.
    """
    known = dict(known)
    sides: Sides = (int(np.prod(shape)), 1, 1) if len(shape) == 1 else (shape[2], *shape[:2])  # type: ignore[assignment]
    made: list[Layer] = []
    for node in _without_shapes(nodes, known):
        before = made[-1].after if made else sides
        if node.op_type == "Add" and made and made[-1].kind == "dense":
            made[-1] = _biased(node, known, made[-1])
        else:
            made += _read(node, known, before)
    if not made:
        raise CellSkipped("the model's graph has no operator, so there is no C to write")
    return Layers(tuple(_without_waste(made)), int(np.prod(shape)))


def _without_shapes(nodes: Sequence[Any], known: dict[str, NDArray[Any]]) -> list[Any]:
    """Leave out operators on shapes; of a shape the constants at its end are what counts of it."""
    weights, shapes = set(known), set[str]()
    kept = []
    for node in nodes:
        given = {name for name in node.input if name and name not in weights}
        if node.op_type != "Shape" and not (given and given <= shapes):
            kept.append(node)
            continue
        shapes |= set(node.output)
        constant = [known[name] for name in node.input if name in known]
        if node.op_type in ("Concat", "Cast") and constant:
            known.update(dict.fromkeys(node.output, constant[-1]))
    return kept


def attributes(node: Any) -> dict[str, Any]:
    """Give an operator's attributes; text as str."""
    import onnx

    found = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    return {
        name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()
    }


def refused(node: Any) -> CellSkipped:
    """Say which operator it is."""
    return CellSkipped(
        f"edge-c writes C of trees, linear models and small networks, and has none for ONNX's "
        f"{node.op_type} as this model uses it: use edge-onnx"
    )


def _without_waste(made: list[Layer]) -> list[Layer]:
    """Compute one logistic score where two are computed and one is taken."""
    if [layer.kind for layer in made[-3:]] != ["dense", "logistic", "take"]:
        return made
    dense, link, take = made[-3:]
    place = take.window[0]
    assert dense.weight is not None
    assert dense.bias is not None
    one = _of(dense.before, dense.weight[:, place : place + 1], dense.bias[place : place + 1])
    return [*made[:-3], one, replace(link, before=one.after, after=one.after)]


def _read(node: Any, known: Known, before: Sides) -> list[Layer]:
    held, kind = attributes(node), node.op_type
    if kind in PASSED:
        return []
    if kind in FUNCTIONS:
        if kind == "Elu" and held.get("alpha", 1.0) != 1.0:
            raise refused(node)
        return [Layer(FUNCTIONS[kind], before, before)]
    if kind not in _READERS:
        raise refused(node)
    try:
        return _READERS[kind](node, held, known, before)
    except (KeyError, IndexError, ValueError) as error:  # a weight that is no constant, or missing
        raise refused(node) from error


def _dense(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    plain = {"alpha": 1.0, "beta": 1.0, "transA": 0}
    if any(held.get(name, value) != value for name, value in plain.items()):
        raise refused(node)
    weight = known[node.input[1]]
    weight = weight.T if held.get("transB") else weight
    outputs = weight.shape[1]
    bias = known[node.input[2]] if len(node.input) > 2 else np.zeros(outputs)
    return [_of(before, weight, np.broadcast_to(bias.ravel(), (outputs,)))]


def _of(before: Sides, weight: NDArray[Any], bias: NDArray[Any]) -> Layer:
    return Layer(
        "dense",
        before,
        (weight.shape[1], 1, 1),
        np.ascontiguousarray(weight, np.float32),
        np.ascontiguousarray(bias, np.float32),
    )


def _linear(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    """Read a `LinearClassifier`; of two classes with a logistic link the second row is enough."""
    bias = np.array(held["intercepts"])
    weight = np.array(held["coefficients"]).reshape(len(bias), -1).T
    link = LINKS.get(str(held.get("post_transform")))
    if link is None or weight.shape[0] != np.prod(before):
        raise refused(node)
    dense = _of(before, weight, bias)
    return [dense, Layer(link, dense.after, dense.after)]


def _conv(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    weight = known[node.input[1]]
    outputs, channels, *window = weight.shape
    top, left, bottom, right = held.get("pads", [0, 0, 0, 0])
    plain = {"group": 1, "auto_pad": "NOTSET", "dilations": [1, 1]}
    if len(window) != 2 or channels != before[0]:
        raise refused(node)
    if any(held.get(name, value) != value for name, value in plain.items()):
        raise refused(node)
    stride = tuple(held.get("strides", [1, 1]))
    bias = known[node.input[2]] if len(node.input) > 2 else np.zeros(outputs)
    high, wide = before[1] + top + bottom, before[2] + left + right
    return [
        Layer(
            "conv",
            before,
            (outputs, (high - window[0]) // stride[0] + 1, (wide - window[1]) // stride[1] + 1),
            np.ascontiguousarray(weight, np.float32),
            np.ascontiguousarray(bias, np.float32),
            (window[0], window[1]),
            stride,
            (top, left),
        )
    ]


def _pool(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    window, stride = tuple(held["kernel_shape"]), tuple(held.get("strides", [1, 1]))
    plain = {"auto_pad": "NOTSET", "dilations": [1, 1], "ceil_mode": 0, "pads": [0, 0, 0, 0]}
    if any(held.get(name, value) != value for name, value in plain.items()):
        raise refused(node)
    height, width = ((before[i + 1] - window[i]) // stride[i] + 1 for i in (0, 1))
    kind = "pool_max" if node.op_type == "MaxPool" else "pool_average"
    return [Layer(kind, before, (before[0], height, width), window=window, stride=stride)]


def _resize(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    plain = {
        "mode": "nearest",
        "nearest_mode": "floor",
        "coordinate_transformation_mode": "asymmetric",
    }
    if any(held.get(name) != value for name, value in plain.items()):
        raise refused(node)
    if len(node.input) > 3:
        height, width = (int(side) for side in known[node.input[3]][-2:])
        return [Layer("resize", before, (before[0], height, width))]
    scales = known[node.input[2]][-2:].astype(np.float32)
    high, wide = (_enlarged(node, before[i + 1], scales[i]) for i in (0, 1))
    return [Layer("resize", before, (before[0], high, wide))]


def _enlarged(node: Any, side: int, scale: np.float32) -> int:
    """Give a side's new length; C finds a pixel in whole numbers, which must be the same one."""
    after = int(np.floor(np.float32(side) * scale))
    places = np.arange(after)
    if not np.array_equal(np.floor(np.float32(places) / scale), places * side // after):
        raise refused(node)
    return after


def _transpose(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    kinds = {(0, 3, 1, 2): "planes", (0, 2, 3, 1): "pixels"}
    kind = kinds.get(tuple(held["perm"]))
    if kind is None:
        raise refused(node)
    return [Layer(kind, before, before)] if before[0] > 1 else []


def _reshape(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    """Numbers stay where they are; what follows takes them for other sides."""
    size = int(np.prod(before))
    wanted = [int(side) for side in known[node.input[1]]] if len(node.input) > 1 else []
    sides = wanted[1:] if len(wanted) == 4 else [size, 1, 1]
    if int(np.prod(sides)) != size:
        raise refused(node)
    return [Layer("flatten", before, (sides[0], sides[1], sides[2]))]


def _slice(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    if before != (1, 1, 1):  # of one number nothing can be left out
        raise refused(node)
    return []


def _biased(node: Any, known: Known, dense: Layer) -> Layer:
    added = [known[name] for name in node.input if name in known]
    if not added or added[0].size != dense.after[0] or dense.bias is None:
        raise refused(node)
    return replace(dense, bias=dense.bias + added[0].astype(np.float32).ravel())


def _gather(node: Any, held: Mapping[str, Any], known: Known, before: Sides) -> list[Layer]:
    places = known[node.input[1]].ravel()
    if held.get("axis") != 1 or len(places) != 1 or before[1:] != (1, 1):
        raise refused(node)
    place = int(places[0]) % before[0]
    return [replace(Layer("take", before, (1, 1, 1)), window=(place, 1))] if before[0] > 1 else []


_READERS: Mapping[str, Callable[[Any, Mapping[str, Any], Known, Sides], list[Layer]]] = {
    "Gemm": _dense,
    "MatMul": _dense,
    "LinearClassifier": _linear,
    "Conv": _conv,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "Resize": _resize,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Slice": _slice,
    "Gather": _gather,
}
