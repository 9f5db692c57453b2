"""LiteRT as a target: a model's `.tflite` file, in single or half precision or in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from idsbench.contracts import Exporting, Model
from idsbench_litert.scorer import LitertScorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "model.tflite"
FORMATS: Mapping[str, str] = MappingProxyType(
    {"fp32": "litert", "fp16": "litert-fp16", "int8": "litert-int8"}
)


class LitertTarget:
    """Hosts models that export a format of `FORMATS`: one row in, the logit of an attack out."""

    def __init__(self, precision: str, threads: int, memory_mb: float | None = None) -> None:
        # The runner holds the limit on memory.
        self.precision, self.threads, self.memory_mb = precision, threads, memory_mb

    def absence(self) -> str:
        """The runtime is a library; where it is missing the plan says what to install."""
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse what has no LiteRT form; name the other runtime where the model has its format."""
        form = FORMATS[self.precision]
        if form in formats:
            return ""
        refused = (
            f"the model '{model}' does not export {form}, which edge-litert"
            f"[precision={self.precision}] runs"
        )
        return f"{refused}: use edge-onnx" if "onnx" in formats else refused

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write `model.tflite`, for int8 calibrated on rows (m, ...).

        Raises:
            CellSkipped: the model has no such form.
        """
        cast(Exporting, model).export(FORMATS[self.precision], out, rows)

    def open(self, model: Model | None, artifact: Path) -> LitertScorer:
        """Load the file into an interpreter of its own."""
        return LitertScorer(artifact / FILE, self.threads)
