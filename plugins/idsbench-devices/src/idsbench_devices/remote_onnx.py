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
        self.value_of = onnxruntime.OrtValue.ortvalue_from_numpy
        self.single: Any = self.session.io_binding()
        self.row: Any = None  # the memory that single rows of this shape are copied to
        self.shape: tuple[int, ...] = ()
        self.about = {"onnxruntime": onnxruntime.__version__, "numpy": numpy.__version__}

    def rows(self, data: bytes, shape: list[int]) -> Any:
        """Give the rows that the bytes hold."""
        return self.numpy.frombuffer(data, dtype="<f4").reshape(shape)

    def scores(self, rows: Any) -> Any:
        """Give the scores of rows, all in one call, as float64."""
        rows = self.numpy.ascontiguousarray(rows, "float32")
        if len(rows) == 1:
            scores = self.scores_of_one(rows)
        else:
            (scores,) = self.session.run(self.outputs, {self.name: rows})
        return self.numpy.asarray(scores, dtype="<f8")

    def scores_of_one(self, row: Any) -> Any:
        """Give the score of a row by a binding that is kept, as `edge-onnx` does."""
        if row.shape != self.shape:
            self.shape = row.shape
            self.row = self.value_of(row.copy())  # it writes into what it is given
            self.single.bind_ortvalue_input(self.name, self.row)
            self.single.bind_output(self.outputs[0])
        self.row.update_inplace(row)
        self.session.run_with_iobinding(self.single)
        return self.single.copy_outputs_to_cpu()[0]
