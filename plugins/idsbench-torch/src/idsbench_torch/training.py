"""The training loop of all networks here: one logit a row, two classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from idsbench.contracts import Checkpoints, Progress
from idsbench.errors import CellError
from idsbench_torch.losses import Loss, cross_entropy, focal, weighted
from idsbench_torch.resuming import Moving, SoFar, go_on, state_of
from idsbench_torch.runtime import Tensor, nn, torch

FALLS: Mapping[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 + 0.5 * math.cos(math.pi * done),
}
"""What the learning rate is multiplied by when this share of the steps is done."""


@dataclass(frozen=True)
class Settings:
    """How a network learns; the names are those of the parameters. `patience` 0 never stops early.

    Args:
        model: the component's name, for messages.
        threads: of the CPU.
        rows_at_once: the most rows that go through the network together. A larger batch goes in
            pieces, with the same step at its end, unless the network normalises by batch.
        valid_rows: the most validation rows that are looked at; None for all.
    """

    model: str
    learning_rate: float
    batch: int
    epochs: int
    patience: int = 0
    optimizer: str = "adam"
    schedule: str = "constant"
    loss: str = "cross-entropy"
    focal_gamma: float = 2.0
    class_weight: str = "none"
    device: str = "cpu"
    precision: str = "float32"
    threads: int = 1
    rows_at_once: int = 2**20
    valid_rows: int | None = None


@dataclass(frozen=True)
class Told:
    """Who hears of each epoch, and where the state is kept from which a killed training goes on."""

    progress: Progress
    checkpoints: Checkpoints | None = None


@dataclass(frozen=True)
class Part:
    """Images x (n, c, h, w) float32 and labels y (n,) float32, 1 for attack."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Learner:
    """What a step needs: the network, what is made small, and what changes the weights."""

    network: nn.Module
    settings: Settings
    loss: Loss
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    normalises: bool

    def passes(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Divide the rows (b,) of a batch into those that go through the network together."""
        return (rows,) if self.normalises else torch.split(rows, self.settings.rows_at_once)

    def forward(self, x: Tensor) -> Tensor:
        """Images (n, c, h, w) -> float32 logits (n,), in the numbers of `precision`."""
        short = self.settings.precision
        if short == "float32":
            return self.network(x)[:, 0]  # type: ignore[no-any-return]
        with torch.autocast(self.settings.device, getattr(torch, short)):
            return self.network(x)[:, 0].float()  # type: ignore[no-any-return]


def train(
    network: nn.Module,
    parts: tuple[Part, Part],
    settings: Settings,
    rng: np.random.Generator,
    told: Told,
) -> tuple[Mapping[str, float], ...]:
    """Train the network in place on `parts`, (training, validation), and give its history.

    Losses in the history are of what is made small, weights of classes included. With patience,
    the network ends with the weights of its best validation loss. It ends on the CPU.

    Raises:
        CellError: the loss is no longer a number.
    """
    network.to(settings.device)
    learn, valid = (Part(part.x.to(settings.device), part.y.to(settings.device)) for part in parts)
    learner = _learner(network, settings, learn.y)
    moving = Moving(network, learner.optimiser, learner.scaler, rng, settings.device)
    so_far = go_on(told.checkpoints, moving)
    for epoch in range(so_far.epoch + 1, settings.epochs + 1):
        began = perf_counter()
        order = torch.from_numpy(rng.permutation(len(learn.y))).to(settings.device)
        loss, accuracy = _run_epoch(learner, learn, order, epoch - 1)
        speed = len(learn.y) / (perf_counter() - began)
        _check_loss(loss, epoch, settings)
        entry = {"epoch": float(epoch), "loss": loss, "accuracy": accuracy}
        if len(valid.y):
            entry["valid_loss"], entry["valid_accuracy"] = evaluate(learner, valid)
        so_far.history.append(entry)
        told.progress({**entry, "rows_per_s": speed})
        if _stops(so_far, network, settings):
            break
        if told.checkpoints and epoch < settings.epochs:
            told.checkpoints.offer(lambda: state_of(moving, so_far))
    if so_far.kept:
        network.load_state_dict(so_far.kept)
    network.to("cpu")
    return tuple(so_far.history)


def _stops(so_far: SoFar, network: nn.Module, settings: Settings) -> bool:
    """Keep the weights if they are the best so far; tell whether patience is at its end."""
    if not settings.patience:
        return False
    loss = so_far.history[-1]["valid_loss"]
    if loss < so_far.best:
        so_far.best, so_far.best_epoch, so_far.kept = loss, so_far.epoch, _copy(network)
    return so_far.epoch - so_far.best_epoch >= settings.patience


def evaluate(learner: Learner, part: Part, batch: int = 1024) -> tuple[float, float]:
    """Loss and accuracy at threshold 0.5, in batches, without learning."""
    rows = min(batch, learner.settings.rows_at_once)
    learner.network.eval()
    with torch.inference_mode():
        logits = torch.cat([learner.forward(x) for x in torch.split(part.x, rows)])
    return _loss_and_accuracy(learner.loss, logits, part.y)


def _learner(network: nn.Module, settings: Settings, labels: Tensor) -> Learner:
    loss = focal(settings.focal_gamma) if settings.loss == "focal" else cross_entropy
    if settings.class_weight == "balanced":
        loss = weighted(loss, labels)
    # Gradients in float16 vanish unless they are scaled up; the other numbers reach further down.
    scaler = torch.amp.GradScaler(settings.device, enabled=settings.precision == "float16")
    normalises = any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())
    return Learner(network, settings, loss, _optimiser(network, settings), scaler, normalises)


def _optimiser(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    weights, rate = network.parameters(), settings.learning_rate
    if settings.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=rate, momentum=0.9)
    if settings.optimizer == "rmsprop":
        return torch.optim.RMSprop(weights, lr=rate, alpha=0.9)
    return torch.optim.Adam(weights, lr=rate, foreach=True)  # a third quicker on many tensors


def _check_loss(loss: float, epoch: int, settings: Settings) -> None:
    if not np.isfinite(loss):
        raise CellError(
            f"the training loss of {settings.model} is not a number in epoch {epoch}: "
            f"use a learning_rate under {settings.learning_rate:g}"
        )


def _run_epoch(
    learner: Learner, part: Part, order: Tensor, epochs_done: int
) -> tuple[float, float]:
    """One pass; loss and accuracy are those each row had when it was learned from."""
    settings, falls = learner.settings, FALLS[learner.settings.schedule]
    learner.network.train()
    batches = _batches(order, settings.batch, learner.normalises)
    steps = settings.epochs * len(batches)
    seen = []
    for number, rows in enumerate(batches, start=epochs_done * len(batches)):
        for group in learner.optimiser.param_groups:
            group["lr"] = settings.learning_rate * falls(number / steps)
        seen.append(_step(learner, part, rows))
    return _loss_and_accuracy(learner.loss, torch.cat(seen), part.y[order])


def _batches(order: Tensor, batch: int, normalises: bool) -> tuple[Tensor, ...]:
    """Divide the rows; where a batch is normalised, evenly: one row alone has no variance."""
    if normalises:
        return torch.tensor_split(order, -(-len(order) // batch))
    return torch.split(order, batch)


def _step(learner: Learner, part: Part, rows: Tensor) -> Tensor:
    """Learn from the rows (b,) of one batch; their logits (b,) as they were before."""
    learner.optimiser.zero_grad()
    seen = []
    for piece in learner.passes(rows):
        logits = learner.forward(part.x[piece])
        loss = learner.loss(logits, part.y[piece]).sum() / len(rows)
        learner.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        seen.append(logits.detach())
    learner.scaler.step(learner.optimiser)
    learner.scaler.update()
    return torch.cat(seen)


def _loss_and_accuracy(loss: Loss, logits: Tensor, labels: Tensor) -> tuple[float, float]:
    right = (logits >= 0) == (labels > 0)
    return loss(logits, labels).mean().item(), right.float().mean().item()


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
