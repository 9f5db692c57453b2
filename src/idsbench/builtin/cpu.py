"""The machine at hand: the model in its own framework, on a fixed number of threads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from idsbench.contracts import Model, Scorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Cpu:
    """Hosts every model, since it uses the model's own framework."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def absence(self) -> str:
        """Every machine has a processor."""
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse nothing."""
        return ""

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Save the model as a training does; a run uses the training's own files instead."""
        model.save(out)

    def open(self, model: Model | None, artifact: Path) -> Scorer:
        """Load the model."""
        assert model is not None
        model.restore(artifact, self.threads)
        return model
