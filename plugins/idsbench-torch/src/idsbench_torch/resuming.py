"""All that a training holds between two epochs, written as plain arrays, and read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints
from idsbench.values import State
from idsbench_torch.runtime import Tensor, nn, torch

Arrays = dict[str, NDArray[Any]]


@dataclass
class SoFar:
    """What a training has come to: its history, and the best weights where it may stop early."""

    history: list[dict[str, float]] = field(default_factory=list)
    best: float = float("inf")
    best_epoch: int = 0
    kept: dict[str, Tensor] = field(default_factory=dict)

    @property
    def epoch(self) -> int:
        """The last epoch that is done; 0 before the first."""
        return len(self.history)


@dataclass(frozen=True)
class Moving:
    """What changes while a network learns: its weights, and what decides on their next change."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    rng: np.random.Generator
    device: str


def go_on(checkpoints: Checkpoints | None, moving: Moving) -> SoFar:
    """Restore the state that was kept, if there is one that fits; else begin."""
    state = (
        checkpoints.load(_named("network", moving.network.state_dict())) if checkpoints else None
    )
    if state is None:
        return SoFar()
    network = moving.network
    network.load_state_dict(_tensors(state, "network"))
    _restore_optimiser(moving.optimiser, _tensors(state, "optimiser"))
    moving.scaler.load_state_dict(state.values["scaler"])
    moving.rng.bit_generator.state = state.values["rng"]
    torch.set_rng_state(torch.from_numpy(state.arrays["generator"]))
    if moving.device == "cuda":
        torch.cuda.set_rng_state(torch.from_numpy(state.arrays["generator_cuda"]))
    here = next(network.parameters()).device
    kept = {name: value.to(here) for name, value in _tensors(state, "kept").items()}
    best = state.values["best"]
    best = float("inf") if best is None else best
    return SoFar(state.values["history"], best, state.values["best_epoch"], kept)


def state_of(moving: Moving, so_far: SoFar) -> State:
    """Take the state after an epoch, to be written before the training goes on: memory is shared."""
    arrays = {
        **_named("network", moving.network.state_dict()),
        **_named("kept", so_far.kept),
        **_named("optimiser", _optimiser_state(moving.optimiser)),
        "generator": torch.get_rng_state().numpy(),
    }
    if moving.device == "cuda":
        arrays["generator_cuda"] = torch.cuda.get_rng_state().numpy()
    values = {
        "history": [dict(entry) for entry in so_far.history],
        "best": so_far.best if np.isfinite(so_far.best) else None,
        "best_epoch": so_far.best_epoch,
        "rng": moving.rng.bit_generator.state,
        "scaler": moving.scaler.state_dict(),
    }
    return State(so_far.epoch, arrays, values)


def _optimiser_state(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    kept = optimiser.state_dict()["state"]
    return {
        f"{place}/{name}": value
        for place, entries in kept.items()
        for name, value in entries.items()
        if isinstance(value, Tensor)
    }


def _restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    entries: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        place, _, what = name.partition("/")
        like = weights[int(place)]
        # In memory as the weights are: sums over another layout may end in another last bit.
        if value.shape == like.shape:
            value = torch.empty_like(like).copy_(value)
        entries.setdefault(int(place), {})[what] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})


def _named(prefix: str, tensors: dict[str, Tensor]) -> Arrays:
    return {f"{prefix}/{name}": value.cpu().numpy() for name, value in tensors.items()}


def _tensors(state: State, prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(f"{prefix}/"): torch.from_numpy(np.array(array))
        for name, array in state.arrays.items()
        if name.startswith(f"{prefix}/")
    }
