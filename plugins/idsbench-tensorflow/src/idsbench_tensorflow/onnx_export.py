"""A fitted network as an ONNX file, through tf2onnx."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from idsbench_tensorflow.runtime import keras, tf

FILE = "model.onnx"
OPSET = 18


def write_onnx(network: keras.Model, out: Path) -> None:
    """Write `model.onnx` into `out`: input `x` (n, h, w, c) float32, output `scores` (n,) float64.

    Enlarging and the sigmoid are part of it. In float32 all logits over 17 would become one score.

    Args:
        network: images (n, h, w, c) -> logits (n, 1).
        out: an empty folder.
    """
    import onnx
    import tf2onnx  # type: ignore[import-untyped]

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # its counts of what it optimised

    def scores(x: Any) -> Any:
        logits = tf.cast(network(x, training=False)[:, 0], tf.float64)
        return {"scores": tf.sigmoid(logits)}

    image = (tf.TensorSpec((None, *network.input_shape[1:]), tf.float32, name="x"),)
    function = tf.function(scores, autograph=False, input_signature=image)
    model, _ = tf2onnx.convert.from_function(function, input_signature=image, opset=OPSET)
    onnx.checker.check_model(model)
    onnx.save(model, out / FILE)
