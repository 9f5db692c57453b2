"""The steps around a training that all networks here share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

from idsbench.errors import CellError
from idsbench.values import Batch, Scalar
from idsbench_tensorflow.devices import (
    check_device,
    computing_in,
    memory_errors_told,
    placed_on,
    seed,
)
from idsbench_tensorflow.runtime import keras
from idsbench_tensorflow.training import Settings, Told, train

History = tuple[dict[str, float], ...]


def settings_of(model: object, name: str, normalises: bool, rows_at_once: int) -> Settings:
    """Take the settings of training from the attributes of a model of that name."""
    own = ("model", "normalises", "rows_at_once", "valid_rows")
    names = [entry.name for entry in fields(Settings) if entry.name not in own]
    values = {name: getattr(model, name) for name in names}
    return Settings(model=name, normalises=normalises, rows_at_once=rows_at_once, **values)


def settings_used(model: object) -> dict[str, Scalar]:
    """Take the parameters of a model that changed what it learned, in their order."""
    assert is_dataclass(model)
    used = {name.name: getattr(model, name.name) for name in fields(model) if name.init}
    unused = {"max_rows", "device"} | ({"focal_gamma"} if used["loss"] != "focal" else set())
    return {name: value for name, value in used.items() if name not in unused}


def fit(
    build: Callable[[], keras.Model],
    batches: tuple[Batch, Batch],
    settings: Settings,
    rng: np.random.Generator,
    told: Told,
) -> tuple[keras.Model, History]:
    """Build a network and train it on (training, validation) images (n, h, w, c).

    The same generator gives the same weights on the same machine with as many CPUs. The network
    that is given back computes in float32, whatever it learned in.

    Raises:
        CellError: the labels, the validation rows or the device do not do, or the loss is no
            longer a number.
        MemoryError: with the batch to try.
    """
    _check_labels(settings.model, batches[0].y)
    if settings.patience and not len(batches[1].y):
        name = settings.model
        raise CellError(
            f"{name}[patience={settings.patience}] needs validation rows and there are none: "
            f"use {name}[patience=0]"
        )
    check_device(settings.model, settings.device)
    seed(int(rng.integers(2**31)))
    with placed_on(settings.device), memory_errors_told(settings.model, settings.passes()):
        with computing_in(settings.precision):
            network = build()
        valid = _some(batches[1], settings.valid_rows, rng)
        history = train(network, (batches[0], valid), settings, rng, told)
    if settings.precision != "float32":
        learned = network.get_weights()
        network = build()
        network.set_weights(learned)
    return network, tuple(dict(entry) for entry in history)


def _check_labels(model: str, y: NDArray[np.int16]) -> None:
    classes = np.unique(y).tolist()
    if len(classes) < 2:
        found = f"only class {classes[0]}" if classes else "no rows"
        raise CellError(
            f"{model} learns benign from attack and the training rows have {found}: "
            "use more data or another protocol"
        )
    if classes != [0, 1]:
        raise CellError(
            f"{model} has one output for two classes and the training rows have {len(classes)}: "
            "use the binary task"
        )


def _some(rows: Batch, most: int | None, rng: np.random.Generator) -> Batch:
    """At most `most` rows, drawn at random: to look at more than it learned from costs more time."""
    if most is None or len(rows.y) <= most:
        return rows
    chosen = np.sort(rng.choice(len(rows.y), most, replace=False))
    return Batch(rows.x[chosen], rows.y[chosen])
