"""Runs on the device for LiteRT files: numpy, and ai_edge_litert or the older tflite_runtime.

Python 3.8 or newer. The arithmetic around a call is that of the target `edge-litert`.
"""

from __future__ import annotations

from typing import Any


def interpreter() -> tuple[Any, dict[str, str]]:
    """Give the interpreter's class, and the name and version of its package.

    Raises:
        ImportError: neither package can be imported.
    """
    try:
        import ai_edge_litert as package  # type: ignore[import-untyped]
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

        name = "ai-edge-litert"
    except ImportError as first:
        try:
            import tflite_runtime as package  # type: ignore[import-not-found]
            from tflite_runtime.interpreter import (  # type: ignore[import-not-found]
                Interpreter,
            )
        except ImportError as second:
            raise ImportError(f"{first}; {second}") from second
        name = "tflite-runtime"
    return Interpreter, {name: package.__version__}


class Model:
    """An interpreter of model.tflite in this process: rows go through one at a time."""

    def __init__(self, request: dict[str, Any]) -> None:
        found, about = interpreter()
        import numpy

        self.numpy: Any = numpy
        try:
            self.interpreter: Any = found(model_path="model.tflite", num_threads=request["threads"])
        except SystemError as error:  # all that a package says that was built for an older numpy
            words = " ".join(*about.items())
            raise ImportError(f"{words} cannot use numpy {numpy.__version__}") from error
        self.interpreter.allocate_tensors()
        self.input = self.only(self.interpreter.get_input_details())
        self.output = self.only(self.interpreter.get_output_details())
        numbers = int(numpy.prod(self.output["shape"]))
        if numbers != 1:
            raise ValueError(f"it gives {numbers} numbers a row where one logit is needed")
        self.row = tuple(int(side) for side in self.input["shape"])
        self.about = {**about, "numpy": numpy.__version__}

    def only(self, details: list[dict[str, Any]]) -> dict[str, Any]:
        """Give the one input or output there is, of float32 or of bytes with a scale."""
        if len(details) != 1:
            raise ValueError(f"it has {len(details)} inputs or outputs where one of each is needed")
        kind = self.numpy.dtype(details[0]["dtype"]).name
        scaled = bool(details[0]["quantization"][0])
        if (kind, scaled) not in (("float32", False), ("int8", True)):
            raise ValueError(f"its numbers are {kind}, neither float32 nor quantised int8")
        return details[0]

    def rows(self, data: bytes, shape: list[int]) -> Any:
        """Give the rows that the bytes hold."""
        if (1, *shape[1:]) != self.row:
            raise ValueError(
                f"the file takes rows of {self.row[1:]} and is given {tuple(shape[1:])}"
            )
        return self.numpy.frombuffer(data, dtype="<f4").reshape(shape)

    def scores(self, rows: Any) -> Any:
        """Give the scores of rows as float64: bytes, the calls, and the sigmoid are all in it."""
        place, result = self.input["index"], self.output["index"]
        raw = self.quantised(rows)
        logits = self.numpy.empty(len(rows), dtype="<f8")
        for row in range(len(rows)):
            self.interpreter.set_tensor(place, raw[row : row + 1])
            self.interpreter.invoke()
            logits[row] = self.interpreter.get_tensor(result).item()
        scale, zero = self.output["quantization"]
        if scale:
            logits = (logits - zero) * scale
        return self.numpy.exp(-self.numpy.logaddexp(0.0, -logits))

    def quantised(self, rows: Any) -> Any:
        """Give rows as the file takes them: unchanged, or bytes by its scale and zero point."""
        scale, zero = self.input["quantization"]
        if not scale:
            return self.numpy.ascontiguousarray(rows, "float32")
        steps = rows * self.numpy.float32(1.0 / scale)
        self.numpy.rint(steps, out=steps)
        steps += zero
        self.numpy.maximum(steps, -128, out=steps)
        self.numpy.minimum(steps, 127, out=steps)
        return steps.astype("int8")
