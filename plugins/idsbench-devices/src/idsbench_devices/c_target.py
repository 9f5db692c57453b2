"""Models as C, compiled for this machine: what a small device would run, counted and timed here."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from idsbench.contracts import Exporting, Model
from idsbench.rowstore import write_json
from idsbench_devices.build import COMPILER, compile_program, count_instructions
from idsbench_devices.link import without_link
from idsbench_devices.network import ADDS_UP, MULTIPLIES
from idsbench_devices.program import ABOUT, Program

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT, FILE = "onnx", "model.onnx"
NOT_IN_INT16: Mapping[str, str] = MappingProxyType(
    {"linear": MULTIPLIES, "layers": MULTIPLIES, "boosted-trees": ADDS_UP}
)
"""Why int16 holds no such model, by what its traits call it."""
NO_C: Mapping[str, str] = MappingProxyType(
    {
        "isolation-trees": "isolation trees",
        "separable-layers": "depthwise separable convolutions",
    }
)
"""What no C is written for, by what a model's traits call it."""


class CTarget:
    """Hosts models whose ONNX form is trees, a linear model or a small network.

    Args:
        dtype: float, or int16 for trees in emlearn's quantised form.
        optimize: s or 2, for the compiler's -O.
        threads: 1, as what is written computes one number after another.
        memory_mb: most memory of the program; None for no limit.
    """

    own_program = True

    def __init__(
        self, dtype: str, optimize: str, threads: int = 1, memory_mb: float | None = None
    ) -> None:
        # The runner holds the limit on memory.
        self.dtype, self.optimize, self.memory_mb = dtype, optimize, memory_mb
        self.threads = threads

    def absence(self) -> str:
        """Say that there is no compiler."""
        if shutil.which(COMPILER):
            return ""
        return f"edge-c needs {COMPILER}, which is not on this machine: apt-get install {COMPILER}"

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse what has no ONNX form, of which the C is written, and in int16 all but votes."""
        if FORMAT not in formats:
            return f"the model '{model}' does not export ONNX, of which edge-c writes C"
        if refused := without_c(model, formats):
            return refused
        if self.dtype == "int16":
            return next((why for kind, why in NOT_IN_INT16.items() if kind in formats), "")
        return ""

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write C, the program compiled of it, and what both take, into `out`.

        Args:
            model: restored.
            out: where to write.
            rows: (m, ...) training rows: int16 takes its scale from them, and the instructions
                are counted on them.

        Raises:
            CellSkipped: no C is written for the model.
            CellError: it does not compile.
        """
        outputs, link = write_model(model, self.dtype, rows, out)
        about = compile_program(out, self.optimize)
        counted, reason = count_instructions(out / "program", rows)
        about |= {"dtype": self.dtype, "outputs": outputs, "link": link}
        write_json(out / ABOUT, {**about, "instructions": counted, "instructions_reason": reason})

    def open(self, model: Model | None, artifact: Path) -> Program:
        """Give the program in the artifact's folder."""
        return Program(artifact)


def without_c(model: str, formats: tuple[str, ...]) -> str:
    """Say what a model is made of that no C is written for; empty where there is C, or may be."""
    for kind, words in NO_C.items():
        if kind in formats:
            return (
                f"the model '{model}' is made of {words}, and C is written of trees that vote or "
                "add up, linear models and small networks: use edge-onnx"
            )
    return ""


def write_model(model: Model, dtype: str, rows: NDArray[np.float32], out: Path) -> tuple[int, str]:
    """Write a model's C into `out`; give the numbers in an answer, and their link (`link.py`)."""
    # Reading ONNX takes a library that scoring does not.
    from idsbench_devices.graph import read_graph
    from idsbench_devices.source import write_source

    with tempfile.TemporaryDirectory(prefix="idsbench-c-") as private:
        cast(Exporting, model).export(FORMAT, Path(private), rows)
        found = read_graph(Path(private) / FILE, rows.shape[1:])
    found, link = without_link(found)
    write_source(found, dtype, rows, out)
    return found.outputs, link
