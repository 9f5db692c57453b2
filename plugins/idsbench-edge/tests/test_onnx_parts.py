"""A graph's parts give what the whole graph gives, from what is known by then."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from idsbench_edge.onnx_parts import in_parts, run_part, tensors_of

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)


def diamond() -> onnx.ModelProto:
    """a = x + 1, b = 2 a, c = 3 b, d = a + c: `a` is needed after `b` and `c`."""
    nodes = [
        helper.make_node("Add", ["x", "one"], ["a"]),
        helper.make_node("Mul", ["a", "two"], ["b"]),
        helper.make_node("Mul", ["b", "three"], ["c"]),
        helper.make_node("Add", ["a", "c"], ["d"]),
    ]
    numbers = {"one": 1, "two": 2, "three": 3}
    graph = helper.make_graph(
        nodes,
        "diamond",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("d", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.float32(number), name) for name, number in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    return model


def test_parts_take_what_is_known_and_say_what_is_needed_no_more():
    parts = in_parts(diamond().graph, ["a", "b", "d"])
    assert [(part.takes, part.gives, part.last) for part in parts] == [
        (("x",), "a", ("x",)),
        (("a",), "b", ()),
        (("a", "b"), "d", ("a", "b")),
    ]


def test_a_part_sees_what_was_made_of_the_tensors_before_it():
    model = diamond()
    first, second, third = in_parts(model.graph, ["a", "b", "d"])
    a = run_part(model, first, {"x": ROWS})
    b = run_part(model, second, {"a": a})
    assert np.array_equal(run_part(model, third, {"a": a, "b": b}), (ROWS + 1) * 7)
    assert np.array_equal(run_part(model, third, {"a": a, "b": b * 0}), ROWS + 1)
    assert np.array_equal(tensors_of(model, ["c", "d"], {"x": ROWS})[1], (ROWS + 1) * 7)
