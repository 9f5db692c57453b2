"""A fitted scikit-learn classifier as an ONNX file, through skl2onnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from idsbench.errors import CellSkipped

FILE = "model.onnx"
OPSET = {"": 17, "ai.onnx.ml": 3}


def write_onnx(estimator: Any, width: int, columns: int, out: Path) -> None:
    """Write `model.onnx` into `out`: input `x` (n, columns) float32, output `scores` float32.

    The output is as the model's own scores are: probability of attack (n,) for two classes, of
    each class (n, width) for more.

    Raises:
        CellSkipped: a class of the task was not among the training rows.
    """
    import onnx
    from skl2onnx import convert_sklearn  # type: ignore[import-untyped]
    from skl2onnx.common.data_types import FloatTensorType  # type: ignore[import-untyped]

    if not np.array_equal(estimator.classes_, np.arange(width)):
        raise CellSkipped(
            "the training rows lack a class of the task, and an ONNX file scores only those it "
            "learned: use more training rows"
        )
    model = convert_sklearn(
        estimator,
        initial_types=[("x", FloatTensorType([None, columns]))],
        options={id(estimator): {"zipmap": False}},
        target_opset=OPSET,
    )
    graph = model.graph
    shares = next(one.name for one in graph.output if one.name.startswith("probabilit"))
    del graph.output[:]
    scores, shape = "scores", [None, width]
    if width == 2:
        graph.initializer.append(onnx.numpy_helper.from_array(np.array(1), "attack"))
        graph.node.append(onnx.helper.make_node("Gather", [shares, "attack"], [scores], axis=1))
        shape = [None]
    else:
        graph.node.append(onnx.helper.make_node("Identity", [shares], [scores]))
    graph.output.append(onnx.helper.make_tensor_value_info(scores, onnx.TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    onnx.save(model, out / FILE)
