"""A fitted network as a `.tflite` file, through TensorFlow's converter."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idsbench.errors import CellSkipped
from idsbench_tensorflow.litert_bias import corrected
from idsbench_tensorflow.runtime import keras, tf

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "model.tflite"
FLOAT, HALF, BYTES = "litert", "litert-fp16", "litert-int8"


def write_litert(network: keras.Model, form: str, out: Path, rows: NDArray[np.float32]) -> None:
    """Write `model.tflite` into `out`: one image (1, h, w, c) in, its logit (1, 1) out.

    Enlarging is part of it, the sigmoid is not. Input and output are float32, for `litert-int8`
    bytes: weights have a scale per channel, activations one over the range that `rows` give them,
    and biases are shifted so that every product keeps its mean over `rows`.

    Args:
        network: images (n, h, w, c) -> logits (n, 1).
        form: `litert`, `litert-fp16` (weights only) or `litert-int8` (all numbers).
        out: an empty folder.
        rows: training rows (m, h, w, c) to calibrate with.

    Raises:
        CellSkipped: the converter has no form for an operator of the network.
    """
    function = _frozen(network)
    content = _converted(function, form, rows)
    if form == BYTES:
        content = corrected(_converted(function, FLOAT, rows), content, rows)
    (out / FILE).write_bytes(content)


def _converted(function: Any, form: str, rows: NDArray[np.float32]) -> bytes:
    from tensorflow.lite.python.convert import ConverterError  # type: ignore[import-untyped]

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    if form != FLOAT:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == HALF:
        converter.target_spec.supported_types = [tf.float16]
    if form == BYTES:
        converter.representative_dataset = lambda: _one_by_one(rows)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # names of temporary folders
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of statistics that the calibration gives
            return bytes(converter.convert())
    except (ConverterError, RuntimeError, ValueError) as error:
        text = " ".join(str(error).split())[:300]
        raise CellSkipped(f"TensorFlow cannot convert the network to {form}: {text}") from error


def _frozen(network: keras.Model) -> Any:
    """The network for one image as a function whose weights are constants.

    The converter leaves the variables of Keras 3 in the file, where the calibration cannot read
    them.
    """
    from tensorflow.python.framework.convert_to_constants import (  # type: ignore[import-untyped]
        convert_variables_to_constants_v2,
    )

    image = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32, name="x")
    function = tf.function(lambda x: network(x, training=False), autograph=False)
    return convert_variables_to_constants_v2(function.get_concrete_function(image))


def _one_by_one(rows: NDArray[np.float32]) -> Iterator[list[NDArray[np.float32]]]:
    for row in range(len(rows)):
        yield [rows[row : row + 1]]
