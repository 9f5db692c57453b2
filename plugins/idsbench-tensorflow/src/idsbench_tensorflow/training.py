"""The training loop of all networks here: one logit a row, two classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Checkpoints, Progress
from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_tensorflow.losses import Loss, cross_entropy, focal, weighted
from idsbench_tensorflow.resuming import Moving, SoFar, go_on, state_of
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.steps import Learner, Rate, Step, learning_step, make_learner

Evaluate = Callable[[Batch], tuple[float, float]]


@dataclass(frozen=True)
class Settings:
    """How a network learns; the names are those of the parameters. `patience` 0 never stops early.

    Args:
        model: the component's name, for messages.
        normalises: whether the network normalises by batch; its batches are of nearly equal size,
            because a last batch of one row has no variance, and are never divided.
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
    normalises: bool = False
    rows_at_once: int = 2**20
    valid_rows: int | None = None

    def passes(self) -> int:
        """Give the most rows that go through the network together while it learns."""
        return self.batch if self.normalises else min(self.batch, self.rows_at_once)


@dataclass(frozen=True)
class Told:
    """Who hears of each epoch, and where the state is kept from which a killed training goes on."""

    progress: Progress
    checkpoints: Checkpoints | None = None


def train(
    network: keras.Model,
    parts: tuple[Batch, Batch],
    settings: Settings,
    rng: np.random.Generator,
    told: Told,
) -> tuple[Mapping[str, float], ...]:
    """Train the network in place on `parts`, (training, validation), and give its history.

    Losses in the history are of what is made small, weights of classes included. With patience,
    the network ends with the weights of its best validation loss.

    Raises:
        CellError: the loss is no longer a number.
    """
    learn, valid = parts
    with _few_graph_passes():
        loss = _loss(settings, learn.y)
        learner = _learner(network, loss, settings, len(learn.y))
        step = learning_step(learner, settings.passes())
        evaluate = _evaluation(network, loss, min(1024, settings.rows_at_once))
        moving = Moving(network.variables, (*learner.rule.state, learner.done), rng)
        so_far = go_on(told.checkpoints, moving)
        for epoch in range(so_far.epoch + 1, settings.epochs + 1):
            began = perf_counter()
            logits, labels = _run_epoch(step, learn, rng, settings)
            mean_loss, accuracy = _loss_and_accuracy(loss, logits, labels)
            speed = len(learn.y) / (perf_counter() - began)
            _check_loss(mean_loss, epoch, settings)
            entry = {"epoch": float(epoch), "loss": mean_loss, "accuracy": accuracy}
            if len(valid.y):
                entry["valid_loss"], entry["valid_accuracy"] = evaluate(valid)
            so_far.history.append(entry)
            told.progress({**entry, "rows_per_s": speed})
            if _stops(so_far, network, settings):
                break
            if told.checkpoints and epoch < settings.epochs:
                told.checkpoints.offer(lambda: state_of(moving, so_far))
    if so_far.kept:
        network.set_weights(so_far.kept)
    return tuple(so_far.history)


def _stops(so_far: SoFar, network: keras.Model, settings: Settings) -> bool:
    """Keep the weights if they are the best so far; tell whether patience is at its end."""
    if not settings.patience:
        return False
    loss = so_far.history[-1]["valid_loss"]
    if loss < so_far.best:
        so_far.best, so_far.best_epoch, so_far.kept = loss, so_far.epoch, network.get_weights()
    return so_far.epoch - so_far.best_epoch >= settings.patience


def _loss(settings: Settings, labels: NDArray[np.int16]) -> Loss:
    loss = focal(settings.focal_gamma) if settings.loss == "focal" else cross_entropy
    return weighted(loss, labels) if settings.class_weight == "balanced" else loss


def _learner(network: keras.Model, loss: Loss, settings: Settings, rows: int) -> Learner:
    steps = settings.epochs * -(-rows // settings.batch)
    rate = Rate(settings.learning_rate, settings.schedule, steps)
    return make_learner(network, loss, settings.optimizer, settings.precision, rate)


def _check_loss(loss: float, epoch: int, settings: Settings) -> None:
    if not np.isfinite(loss):
        raise CellError(
            f"the training loss of {settings.model} is not a number in epoch {epoch}: "
            f"use a learning_rate under {settings.learning_rate:g}"
        )


def _run_epoch(
    step: Step, part: Batch, rng: np.random.Generator, settings: Settings
) -> tuple[tf.Tensor, NDArray[np.float32]]:
    """One pass; logits (n,) are those each row had when it was learned from, with its labels (n,)."""
    order = rng.permutation(len(part.y))
    if settings.normalises:
        batches = np.array_split(order, -(-len(order) // settings.batch))
    else:
        batches = np.split(order, range(settings.batch, len(order), settings.batch))
    labels = part.y.astype(np.float32)
    logits = [step(part.x[rows], labels[rows]) for rows in batches]
    return tf.concat(logits, axis=0), labels[order]


def _evaluation(network: keras.Model, loss: Loss, batch: int) -> Evaluate:
    """Give a function from rows to loss and accuracy at threshold 0.5, without learning."""
    images = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
    function = tf.function(lambda x: network(x, training=False)[:, 0], autograph=False)
    logits = function.get_concrete_function(images)

    def evaluate(part: Batch) -> tuple[float, float]:
        starts = range(0, len(part.y), batch)
        pieces = [logits(tf.constant(part.x[start : start + batch])) for start in starts]
        return _loss_and_accuracy(loss, tf.concat(pieces, axis=0), part.y.astype(np.float32))

    return evaluate


def _loss_and_accuracy(
    loss: Loss, logits: tf.Tensor, labels: NDArray[np.float32]
) -> tuple[float, float]:
    mean = tf.reduce_mean(loss(logits, tf.constant(labels)))
    right = (logits.numpy() >= 0) == (labels > 0)
    return float(mean.numpy()), float(right.mean())


@contextmanager
def _few_graph_passes() -> Iterator[None]:
    """Leave the graph as it is traced: optimising a training step takes longer than it saves."""
    before = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        restored = {"disable_meta_optimizer": before.get("disable_meta_optimizer", False)}
        tf.config.optimizer.set_experimental_options(restored)
