"""All that a training holds between two epochs, written as plain arrays, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints
from idsbench.values import State
from idsbench_tensorflow.runtime import tf

Arrays = dict[str, NDArray[Any]]


@dataclass
class SoFar:
    """What a training has come to: its history, and the best weights where it may stop early."""

    history: list[dict[str, float]] = field(default_factory=list)
    best: float = float("inf")
    best_epoch: int = 0
    kept: list[NDArray[Any]] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """The last epoch that is done; 0 before the first."""
        return len(self.history)


@dataclass(frozen=True)
class Moving:
    """What changes while a network learns.

    Args:
        network: its variables, those of generators of random numbers among them.
        optimiser: the variables of the rule of a step, and the count of steps.
        rng: shuffles the rows.
    """

    network: Sequence[tf.Variable]
    optimiser: Sequence[tf.Variable]
    rng: np.random.Generator


def go_on(checkpoints: Checkpoints | None, moving: Moving) -> SoFar:
    """Restore the state that was kept, if there is one that fits; else begin."""
    state = checkpoints.load(_variables(moving)) if checkpoints else None
    if state is None:
        return SoFar()
    for kind in ("network", "optimiser"):
        for place, variable in enumerate(getattr(moving, kind)):
            variable.assign(state.arrays[f"{kind}/{place}"])
    moving.rng.bit_generator.state = state.values["rng"]
    count = sum(name.startswith("kept/") for name in state.arrays)
    kept = [state.arrays[f"kept/{place}"] for place in range(count)]
    best = state.values["best"]
    best = float("inf") if best is None else best
    return SoFar(state.values["history"], best, state.values["best_epoch"], kept)


def state_of(moving: Moving, so_far: SoFar) -> State:
    """Take the state after an epoch."""
    arrays = {**_variables(moving), **_numbered("kept", so_far.kept)}
    values = {
        "history": so_far.history,
        "best": so_far.best if np.isfinite(so_far.best) else None,
        "best_epoch": so_far.best_epoch,
        "rng": moving.rng.bit_generator.state,
    }
    return State(so_far.epoch, arrays, values)


def _variables(moving: Moving) -> Arrays:
    network = [np.asarray(variable) for variable in moving.network]
    optimiser = [np.asarray(variable) for variable in moving.optimiser]
    return {**_numbered("network", network), **_numbered("optimiser", optimiser)}


def _numbered(kind: str, arrays: Sequence[NDArray[Any]]) -> Arrays:
    return {f"{kind}/{place}": array for place, array in enumerate(arrays)}
