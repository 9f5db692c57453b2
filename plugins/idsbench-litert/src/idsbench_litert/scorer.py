"""A `.tflite` file in LiteRT's interpreter: rows in, probabilities out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

INT8_LOW, INT8_HIGH = -128, 127


class LitertScorer:
    """One interpreter with XNNPACK, its default on processors. Rows go through one at a time.

    Args:
        path: a file with one input (1, ...) and one output of one number, the logit of an attack;
            both are float32, or int8 with a scale and a zero point.
        threads: processors used for one row.

    Raises:
        CellError: LiteRT refuses the file, lacks an operator of it, or the file is another one.
    """

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

        try:
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
            self._input = _only(self._interpreter.get_input_details())
            self._output = _only(self._interpreter.get_output_details())
            numbers = int(np.prod(self._output["shape"]))
            if numbers != 1:
                raise ValueError(f"it gives {numbers} numbers a row where one logit is needed")
        except (ValueError, RuntimeError) as error:
            text = " ".join(str(error).split())[:300]
            raise CellError(f"LiteRT cannot load {path.name}: {text}") from error
        self._row = tuple(int(side) for side in self._input["shape"])

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) or (n, h, w, c) -> probability of attack (n,).

        Quantising, dequantising and the sigmoid, in float64, happen here.

        Raises:
            CellError: the rows are not of the shape that the file takes.
        """
        if (1, *x.shape[1:]) != self._row:
            raise CellError(
                f"the LiteRT file takes rows of shape {self._row[1:]} and is given {x.shape[1:]}: "
                "use the same featurizer"
            )
        place, result = self._input["index"], self._output["index"]
        raw = _quantised(x, self._input)
        logits = np.empty(len(x))
        for row in range(len(x)):
            self._interpreter.set_tensor(place, raw[row : row + 1])
            self._interpreter.invoke()
            logits[row] = self._interpreter.get_tensor(result).item()
        scale, zero = self._output["quantization"]
        if scale:
            logits = (logits - zero) * scale
        return np.asarray(np.exp(-np.logaddexp(0.0, -logits)), dtype=np.float64)


def _only(details: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the one input or output there is, checked to be a number type that rows are turned into."""
    if len(details) != 1:
        raise ValueError(f"it has {len(details)} inputs or outputs where one of each is needed")
    kind = np.dtype(details[0]["dtype"])
    if kind not in (np.float32, np.int8) or (kind == np.int8) != bool(
        details[0]["quantization"][0]
    ):
        raise ValueError(f"its numbers are {kind.name}, neither float32 nor quantised int8")
    return details[0]


def _quantised(x: NDArray[np.float32], details: dict[str, Any]) -> NDArray[Any]:
    """Rows as the file takes them: unchanged, or bytes by its scale and zero point."""
    scale, zero = details["quantization"]
    if not scale:
        return np.ascontiguousarray(x, dtype=np.float32)
    steps = x * np.float32(1.0 / scale)
    np.rint(steps, out=steps)
    steps += zero
    np.maximum(steps, INT8_LOW, out=steps)  # of one row, both take a third of np.clip's time
    np.minimum(steps, INT8_HIGH, out=steps)
    return steps.astype(np.int8)
