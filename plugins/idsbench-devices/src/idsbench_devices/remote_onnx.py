"""Runs on the device for ONNX files: numpy and onnxruntime. Python 3.8 or newer."""

from __future__ import annotations

from typing import Any


class Model:
    """A session on model.onnx in this process; its answers are those of the target `edge-onnx`."""

    def __init__(self, request: dict[str, Any]) -> None:
        import numpy
        import onnxruntime  # type: ignore[import-untyped]

        self.numpy: Any = numpy
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = request["threads"], 1
        options.log_severity_level = 3
        self.session: Any = onnxruntime.InferenceSession(
            "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        self.name = self.session.get_inputs()[0].name
        self.outputs = [self.session.get_outputs()[0].name]
        self.about = {"onnxruntime": onnxruntime.__version__, "numpy": numpy.__version__}

    def rows(self, data: bytes, shape: list[int]) -> Any:
        """Give the rows that the bytes hold."""
        return self.numpy.frombuffer(data, dtype="<f4").reshape(shape)

    def scores(self, rows: Any) -> Any:
        """Give the scores of rows, all in one call, as float64."""
        given = {self.name: self.numpy.ascontiguousarray(rows, "float32")}
        (scores,) = self.session.run(self.outputs, given)
        return self.numpy.asarray(scores, dtype="<f8")
