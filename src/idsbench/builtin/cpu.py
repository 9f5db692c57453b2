"""The machine at hand: the model in its own framework, on a fixed number of threads."""

from __future__ import annotations

from pathlib import Path

from idsbench.contracts import Model, Scorer


class Cpu:
    """Hosts every model, since it uses the model's own framework."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse nothing."""
        return ""

    def deploy(self, model: Model, trained: Path, out: Path) -> Path:
        """Give the training's own files: nothing has to be converted."""
        return trained

    def open(self, model: Model, artifact: Path) -> Scorer:
        """Load the model."""
        model.restore(artifact, self.threads)
        return model
