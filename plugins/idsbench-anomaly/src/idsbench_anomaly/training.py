"""Adam on a reconstruction loss, in one thread. The only module here that imports PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from idsbench.errors import CellError
from idsbench.values import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Checkpoints, Progress

STEPS_PER_EPOCH = 40
LEAST_BATCH = 16
Arrays = dict[str, Any]
Loss = Callable[[Arrays, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Schedule:
    """How long and in what steps to learn; `model` and `stage` are named in errors and history.

    `batch` is the most rows of a step; see `rows_per_step`.
    """

    model: str
    learning_rate: float
    batch: int
    epochs: int
    stage: int = 0


def rows_per_step(batch: int, rows: int) -> int:
    """At most `batch`; fewer, down to 16, where an epoch over so many rows had less than 40 steps.

    Captures may hold some hundred benign rows, and a handful of steps teaches nothing.
    """
    return min(batch, max(LEAST_BATCH, rows // STEPS_PER_EPOCH))


def train(
    weights: Mapping[str, NDArray[np.float32]],
    loss: Loss,
    parts: tuple[NDArray[np.float32], NDArray[np.float32]],
    how: tuple[Schedule, np.random.Generator, Progress],
    checkpoints: Checkpoints | None = None,
) -> tuple[dict[str, NDArray[np.float32]], tuple[dict[str, float], ...]]:
    """Learn weights that make a loss small; the same to the last bit for the same generator.

    Args:
        weights: to start from.
        loss: of named tensors on rows (b, ...): a mean over rows.
        parts: training rows (n, ...), and validation rows (v, ...), whose loss is only reported.
        how: the schedule, what shuffles the rows, and who is told of each epoch.
        checkpoints: where a killed training goes on; None begins.

    Returns:
        The learned weights, and an entry per epoch with loss and, with validation rows, valid_loss.

    Raises:
        CellError: the loss is no longer a number.
    """
    schedule, rng, progress = how
    with _one_thread():
        learned = {name: torch.tensor(start, requires_grad=True) for name, start in weights.items()}
        optimiser = torch.optim.Adam(learned.values(), lr=schedule.learning_rate, fused=True)
        rows, held = torch.from_numpy(np.array(parts[0])), torch.from_numpy(np.array(parts[1]))
        batch = rows_per_step(schedule.batch, len(rows))
        history = _go_on(checkpoints, learned, optimiser, rng)
        for epoch in range(len(history) + 1, schedule.epochs + 1):
            began = perf_counter()
            order = torch.from_numpy(rng.permutation(len(rows)))
            value = _epoch(learned, loss, rows[order], (optimiser, batch))
            speed = len(rows) / (perf_counter() - began)
            entry = {"epoch": float(schedule.stage * schedule.epochs + epoch), "loss": value}
            _check(entry, schedule)
            if len(held):
                with torch.no_grad():
                    entry["valid_loss"] = float(loss(learned, held))
            history.append(entry)
            progress({**entry, "rows_per_s": speed})
            if checkpoints and epoch < schedule.epochs:
                checkpoints.offer(lambda: _state(learned, optimiser, rng, history))
    return {name: tensor.detach().numpy() for name, tensor in learned.items()}, tuple(history)


def _state(
    learned: Arrays,
    optimiser: torch.optim.Optimizer,
    rng: np.random.Generator,
    history: list[dict[str, float]],
) -> State:
    """Take all that the epochs to come depend on."""
    arrays = {f"weights/{name}": tensor.detach().numpy() for name, tensor in learned.items()}
    for place, entries in optimiser.state_dict()["state"].items():
        arrays |= {f"optimiser/{place}/{name}": value.numpy() for name, value in entries.items()}
    values = {"history": history, "rng": rng.bit_generator.state}
    return State(len(history), arrays, values)


def _go_on(
    checkpoints: Checkpoints | None,
    learned: Arrays,
    optimiser: torch.optim.Optimizer,
    rng: np.random.Generator,
) -> list[dict[str, float]]:
    """Restore the state that was kept, if there is one that fits; give the history so far."""
    like = _state(learned, optimiser, rng, []).arrays
    state = checkpoints.load(like) if checkpoints else None
    if state is None:
        return []
    entries: dict[int, Arrays] = {}
    for name, array in state.arrays.items():
        kind, place, *rest = name.split("/")
        tensor = torch.from_numpy(np.array(array))
        if kind == "weights":
            with torch.no_grad():
                learned[place].copy_(tensor)
        else:
            entries.setdefault(int(place), {})[rest[0]] = tensor
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})
    rng.bit_generator.state = state.values["rng"]
    return list(state.values["history"])


def _epoch(
    learned: Arrays,
    loss: Loss,
    rows: torch.Tensor,
    how: tuple[torch.optim.Optimizer, int],
) -> float:
    """One pass; the mean of the losses that rows had when they were learned from."""
    optimiser, batch = how
    total = 0.0
    for few in torch.split(rows, batch):
        value = loss(learned, few)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += float(value.detach()) * len(few)
    return total / len(rows)


def _check(entry: Mapping[str, float], schedule: Schedule) -> None:
    if not np.isfinite(entry["loss"]):
        raise CellError(
            f"the training loss of {schedule.model} is not a number in epoch {entry['epoch']:.0f}: "
            f"use a learning_rate under {schedule.learning_rate:g}"
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Layers this small are no faster on two, and sums would depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
