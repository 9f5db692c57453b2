"""ONNX Runtime as a target: a model's ONNX file, in single precision or quantised to int8."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from idsbench.contracts import Exporting, Model
from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT, FILE = "onnx", "model.onnx"
QUANTISED = ("Conv", "MatMul", "Gemm")
WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "linear": "one linear operator",
        "trees": "made of trees",
        "boosted-trees": "made of trees",
        "isolation-trees": "made of trees",
    }
)
"""What ONNX has operators of its own for, by what a model's traits call it."""


class OnnxTarget:
    """Hosts models that export `onnx`: one input `x` (n, ...), one output of scores (n,) or (n, k)."""

    def __init__(self, precision: str, threads: int, memory_mb: float | None = None) -> None:
        # The runner holds the limit on memory.
        self.precision, self.threads, self.memory_mb = precision, threads, memory_mb

    def absence(self) -> str:
        """The runtime is a library; where it is missing the plan says what to install."""
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse what has no ONNX form, and what has none in bytes."""
        if FORMAT not in formats:
            return f"the model '{model}' does not export ONNX, which edge-onnx runs"
        whole = next((words for kind, words in WHOLE.items() if kind in formats), None)
        if self.precision == "int8" and whole:
            return (
                f"edge-onnx[precision=int8] applies to {', '.join(QUANTISED)} and the model "
                f"'{model}' is {whole}, whose numbers stay in single precision: "
                "use edge-onnx[precision=fp32]"
            )
        return ""

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.onnx`, calibrated on rows (m, ...) if it is quantised.

        Raises:
            CellSkipped: the model has no such form, or nothing in it can be quantised.
        """
        cast(Exporting, model).export(FORMAT, out, rows)
        if self.precision == "int8":
            # Quantising needs onnx, which scoring does not: imported here only.
            from idsbench_edge.onnx_int8 import quantise

            quantise(out / FILE, rows)

    def open(self, model: Model | None, artifact: Path) -> OnnxScorer:
        """Load the file into a session of its own."""
        return OnnxScorer(artifact / FILE, self.threads)


class OnnxScorer:
    """One session. Scores are as the graph gives them, as float64."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime  # type: ignore[import-untyped]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's own classes, some of them not public
            text = " ".join(str(error).replace(f"{path.parent}/", "").split())[:300]
            raise CellError(f"ONNX Runtime cannot load {path.name}: {text}") from error
        self._input = self._session.get_inputs()[0].name
        self._outputs = [self._session.get_outputs()[0].name]
        self._single: Any = self._session.io_binding()
        self._row: Any = None  # memory that single rows of this shape are copied to
        self._shape: tuple[int, ...] = ()

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) or (n, h, w, c) -> probability of attack (n,), or of each class (n, k)."""
        rows = np.ascontiguousarray(x, np.float32)
        if len(rows) == 1:
            scores = self._scores_of_one(rows)
        else:
            (scores,) = self._session.run(self._outputs, {self._input: rows})
        return np.asarray(scores, dtype=np.float64)

    def _scores_of_one(self, row: NDArray[np.float32]) -> Any:
        """Score a row by a binding that is kept: it saves a tenth of a small network's time."""
        if row.shape != self._shape:
            import onnxruntime

            self._shape = row.shape
            # It takes the memory that it is given, which is then written to.
            self._row = onnxruntime.OrtValue.ortvalue_from_numpy(row.copy())
            self._single.bind_ortvalue_input(self._input, self._row)
            self._single.bind_output(self._outputs[0])
        self._row.update_inplace(row)
        self._session.run_with_iobinding(self._single)
        return self._single.copy_outputs_to_cpu()[0]
