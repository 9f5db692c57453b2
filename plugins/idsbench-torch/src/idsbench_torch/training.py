"""The training loop: Adam on binary cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from idsbench.contracts import Progress
from idsbench.errors import CellError
from idsbench_torch.runtime import Tensor, nn, torch

cross_entropy = nn.functional.binary_cross_entropy_with_logits


@dataclass(frozen=True)
class Schedule:
    """How long and in what steps to learn. `patience` 0 never stops early."""

    learning_rate: float
    batch: int
    epochs: int
    patience: int


@dataclass(frozen=True)
class Part:
    """Images x (n, c, h, w) float32 and labels y (n,) float32, 1 for attack."""

    x: Tensor
    y: Tensor


def train(
    network: nn.Module,
    parts: tuple[Part, Part],
    schedule: Schedule,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Mapping[str, float], ...]:
    """Train the network in place on `parts`, (training, validation), and give its history.

    With patience, the network ends with the weights of its best validation loss.

    Raises:
        CellError: the loss is no longer a number.
    """
    learn, valid = parts
    optimiser = torch.optim.Adam(network.parameters(), lr=schedule.learning_rate)
    history: list[Mapping[str, float]] = []
    best, best_epoch, kept = float("inf"), 0, _copy(network)
    for epoch in range(1, schedule.epochs + 1):
        began = perf_counter()
        order = torch.from_numpy(rng.permutation(len(learn.y)))
        loss, accuracy = _run_epoch(network, learn, order, optimiser, schedule.batch)
        speed = len(learn.y) / (perf_counter() - began)
        _check_loss(loss, epoch, schedule.learning_rate)
        entry = {"epoch": float(epoch), "loss": loss, "accuracy": accuracy}
        if len(valid.y):
            entry["valid_loss"], entry["valid_accuracy"] = evaluate(network, valid)
        history.append(entry)
        progress({**entry, "rows_per_s": speed})
        if not schedule.patience:
            continue
        if entry["valid_loss"] < best:
            best, best_epoch, kept = entry["valid_loss"], epoch, _copy(network)
        elif epoch - best_epoch >= schedule.patience:
            break
    if schedule.patience:
        network.load_state_dict(kept)
    return tuple(history)


def _check_loss(loss: float, epoch: int, learning_rate: float) -> None:
    if not np.isfinite(loss):
        raise CellError(
            f"the training loss of cnn is not a number in epoch {epoch}: "
            f"use a learning_rate under {learning_rate:g}"
        )


def _run_epoch(
    network: nn.Module,
    part: Part,
    order: Tensor,
    optimiser: torch.optim.Optimizer,
    batch: int,
) -> tuple[float, float]:
    """One pass; loss and accuracy are those each row had when it was learned from."""
    network.train()
    seen = torch.empty(len(order))
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        logits = network(part.x[rows])[:, 0]
        loss = cross_entropy(logits, part.y[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        seen[start : start + batch] = logits.detach()
    return _loss_and_accuracy(seen, part.y[order])


def evaluate(network: nn.Module, part: Part, batch: int = 1024) -> tuple[float, float]:
    """Loss and accuracy at threshold 0.5, in batches, without learning."""
    network.eval()
    with torch.inference_mode():
        pieces = [network(x)[:, 0] for x in torch.split(part.x, batch)]
    return _loss_and_accuracy(torch.cat(pieces), part.y)


def _loss_and_accuracy(logits: Tensor, labels: Tensor) -> tuple[float, float]:
    loss = cross_entropy(logits, labels).item()
    return loss, ((logits >= 0) == (labels > 0)).float().mean().item()


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
