"""The training loop: Adam on binary cross-entropy, as one TensorFlow function a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.contracts import Progress
from idsbench.errors import CellError
from idsbench.values import Batch
from idsbench_tensorflow.runtime import keras, tf

Step = Callable[[NDArray[np.float32], NDArray[np.float32]], Any]
cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits


@dataclass(frozen=True)
class Schedule:
    """How long and in what steps to learn. `patience` 0 never stops early."""

    learning_rate: float
    batch: int
    epochs: int
    patience: int


def train(
    network: keras.Model,
    parts: tuple[Batch, Batch],
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
    history: list[Mapping[str, float]] = []
    best, best_epoch, kept = float("inf"), 0, network.get_weights()
    with _few_graph_passes():
        steps = schedule.epochs * -(-len(learn.y) // schedule.batch)
        step = learning_step(network, schedule.learning_rate, steps)
        evaluate = _evaluation(network)
        for epoch in range(1, schedule.epochs + 1):
            began = perf_counter()
            loss, accuracy = _run_epoch(step, learn, rng, schedule.batch)
            speed = len(learn.y) / (perf_counter() - began)
            _check_loss(loss, epoch, schedule.learning_rate)
            entry = {"epoch": float(epoch), "loss": loss, "accuracy": accuracy}
            if len(valid.y):
                entry["valid_loss"], entry["valid_accuracy"] = evaluate(valid)
            history.append(entry)
            progress({**entry, "rows_per_s": speed})
            if not schedule.patience:
                continue
            if entry["valid_loss"] < best:
                best, best_epoch, kept = entry["valid_loss"], epoch, network.get_weights()
            elif epoch - best_epoch >= schedule.patience:
                break
    if schedule.patience:
        network.set_weights(kept)
    return tuple(history)


def learning_step(network: keras.Model, learning_rate: float, steps: int) -> Step:
    """Give a function that learns from one batch: x (b, h, w, c), y (b,) -> logits (b,).

    The learning rate falls linearly to zero over `steps`: the averages of batch normalisation lag
    behind weights that still move, and a short training would be scored with the wrong ones.

    Adam is applied by TensorFlow's own operation, one a weight tensor: Keras writes it as many, and
    they nearly double the time before the first step.
    """
    weights = [variable.value for variable in network.trainable_variables]
    first = [tf.Variable(tf.zeros_like(weight)) for weight in weights]
    second = [tf.Variable(tf.zeros_like(weight)) for weight in weights]
    done = tf.Variable(0.0)

    def learn(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network(x, training=True)[:, 0]
            loss = tf.reduce_mean(cross_entropy(labels=y, logits=logits))
        rate = learning_rate * (1.0 - done / steps)
        count = done.assign_add(1.0)
        now = rate, tf.pow(0.9, count), tf.pow(0.999, count)
        for weight, m, v, gradient in zip(
            weights, first, second, tape.gradient(loss, weights), strict=True
        ):
            _adam((weight, m, v), gradient, now)
        return logits

    images = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
    # autograph rewrites Python branches on tensors; there are none, and it is slow.
    function = tf.function(learn, autograph=False)
    return function.get_concrete_function(images, tf.TensorSpec((None,), tf.float32))  # type: ignore[no-any-return]


def _check_loss(loss: float, epoch: int, learning_rate: float) -> None:
    if not np.isfinite(loss):
        raise CellError(
            f"the training loss of mobilenet is not a number in epoch {epoch}: "
            f"use a learning_rate under {learning_rate:g}"
        )


def _run_epoch(
    step: Step, part: Batch, rng: np.random.Generator, batch: int
) -> tuple[float, float]:
    """One pass; loss and accuracy are those each row had when it was learned from.

    Batches are of nearly equal size: a last batch of one row has no variance to normalise by.
    """
    order = rng.permutation(len(part.y))
    batches = np.array_split(order, -(-len(order) // batch))
    labels = part.y.astype(np.float32)
    logits = [step(tf.constant(part.x[rows]), tf.constant(labels[rows])) for rows in batches]
    return _loss_and_accuracy(tf.concat(logits, axis=0), labels[order])


def _adam(
    variables: tuple[tf.Variable, tf.Variable, tf.Variable],
    gradient: tf.Tensor,
    now: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
) -> None:
    """Change (weight, first moment, second moment) by one step, with the constants of Keras.

    `now` is the learning rate and the two decays raised to the number of this step.
    """
    weight, first, second = variables
    rate, first_power, second_power = now
    tf.raw_ops.ResourceApplyAdam(
        var=weight.handle,
        m=first.handle,
        v=second.handle,
        beta1_power=first_power,
        beta2_power=second_power,
        lr=rate,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-7,
        grad=gradient,
    )


def _evaluation(network: keras.Model, batch: int = 1024) -> Callable[[Batch], tuple[float, float]]:
    """Give a function from rows to loss and accuracy at threshold 0.5, without learning."""
    images = tf.TensorSpec((None, *network.input_shape[1:]), tf.float32)
    logits = tf.function(lambda x: network(x, training=False)[:, 0], autograph=False)
    logits = logits.get_concrete_function(images)

    def evaluate(part: Batch) -> tuple[float, float]:
        starts = range(0, len(part.y), batch)
        pieces = [logits(tf.constant(part.x[start : start + batch])) for start in starts]
        return _loss_and_accuracy(tf.concat(pieces, axis=0), part.y.astype(np.float32))

    return evaluate


def _loss_and_accuracy(logits: tf.Tensor, labels: NDArray[np.float32]) -> tuple[float, float]:
    loss = tf.reduce_mean(cross_entropy(labels=labels, logits=logits))
    right = (logits.numpy() >= 0) == (labels > 0)
    return float(loss.numpy()), float(right.mean())


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
