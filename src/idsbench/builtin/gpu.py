"""An NVIDIA GPU: the model in its own framework, with its weights in the GPU's memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from idsbench.contracts import Model, Movable, Scorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEVICE = "cuda"


class Gpu:
    """Hosts models whose framework can move them to CUDA.

    What it deploys is the training's own files; the decisions on the processor are what the ones
    on the GPU are held to.
    """

    device = DEVICE

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def absence(self) -> str:
        """Ask the driver for a GPU."""
        from idsbench.nvml import NoGpuError, gpu_name

        try:
            gpu_name()
        except NoGpuError as error:
            return f"there is no GPU for CUDA here: {error}"
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse models that cannot be moved."""
        if DEVICE in formats:
            return ""
        return f"the model '{model}' cannot be moved to a GPU: its traits name no device 'cuda'"

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Save the model as a training does."""
        model.save(out)

    def open(self, model: Model | None, artifact: Path) -> Scorer:
        """Load the model and move it.

        Raises:
            CellSkipped: its framework cannot use CUDA here.
        """
        assert model is not None
        model.restore(artifact, self.threads)
        cast(Movable, model).move_to(DEVICE)
        return GpuScorer(model)


class GpuScorer:
    """Scores, and returns when the GPU has nothing left to do: a clock around it misses no work.

    From a row in the machine's memory to a score there: both copies are in the latency.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, h, w, c) or (n, d) -> probability of attack (n,), or of each class (n, k)."""
        found: NDArray[np.float64] = self._model.scores(x)
        self._model.wait()
        return found
