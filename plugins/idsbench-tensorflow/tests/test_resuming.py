"""A training that was killed after any epoch ends with the weights of one that was not."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.checkpoint import Checkpoints
from idsbench.values import Batch
from idsbench_tensorflow.runtime import keras, tf
from idsbench_tensorflow.training import Settings, Told, train

EPOCHS = 6


class KilledError(Exception):
    """In place of a signal."""


class Always(Checkpoints):
    """Writes after every epoch, however short."""

    def offer(self, make):
        self._last = -1e9
        super().offer(make)


def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.layers.Input((4, 4, 1)),
            keras.layers.Conv2D(4, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1),
        ]
    )


def parts() -> tuple[Batch, Batch]:
    y = np.tile(np.array([0, 1], np.int16), 40)
    x = np.random.default_rng(5).random((80, 4, 4, 1)) + y.reshape(-1, 1, 1, 1) * 0.3
    x = x.astype(np.float32)
    return Batch(x, y), Batch(x[:30], 1 - y[:30])


def learn(how: Settings, checkpoints=None, killed_after: int | None = None):
    """Train; or be killed once an epoch is done, and its state was offered."""

    def progress(entry):
        if killed_after is not None and entry["epoch"] == killed_after + 1:
            raise KilledError

    tf.config.experimental.enable_op_determinism()
    net, rng = network(), np.random.default_rng(0)
    history = train(net, parts(), how, rng, Told(progress, checkpoints))
    return history, [array.tobytes() for array in net.get_weights()]


def how(**other) -> Settings:
    return Settings("cnn-keras", 0.05, 16, EPOCHS, **other)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("patience", [0, 4])
def test_a_killed_training_ends_as_one_that_was_not(tmp_path, optimizer, patience):
    settings = how(optimizer=optimizer, patience=patience, schedule="cosine")
    whole = learn(settings)
    file = tmp_path / "training.npz"
    with pytest.raises(KilledError):
        learn(settings, Always(file, "me"), killed_after=2)
    checkpoints = Always(file, "me")
    assert learn(settings, checkpoints) == whole
    assert checkpoints.resumed == 2


def test_early_stopping_counts_the_epochs_before_the_kill(tmp_path):
    # On labels turned round, validation is best at the start.
    settings = how(patience=3)
    whole = learn(settings)
    assert len(whole[0]) < EPOCHS
    file = tmp_path / "training.npz"
    with pytest.raises(KilledError):
        learn(settings, Always(file, "me"), killed_after=2)
    assert learn(settings, Always(file, "me")) == whole


def test_a_training_killed_twice_goes_on_twice(tmp_path):
    file = tmp_path / "training.npz"
    for epoch in (1, 4):
        with pytest.raises(KilledError):
            learn(how(), Always(file, "me"), killed_after=epoch)
    assert learn(how(), Always(file, "me")) == learn(how())


@pytest.mark.parametrize(
    "lost", ["network/2", "network/6", "optimiser/0", "optimiser/12", "optimiser/13"]
)
def test_each_part_of_the_state_is_needed(tmp_path, lost):
    """A state in which it is spoilt gives other weights: the tests above could fail.

    In this order: weights, the generator of dropout, moments, the steps of Adam, all steps.
    """
    file, falling = tmp_path / "training.npz", how(schedule="cosine")
    with pytest.raises(KilledError):
        learn(falling, Always(file, "me"), killed_after=3)
    with np.load(file) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    arrays[f"array/{lost}"] += 1
    np.savez(file, **arrays)
    assert learn(falling, Always(file, "me"))[1] != learn(falling)[1]


def test_the_state_of_another_network_is_not_used(tmp_path):
    file = tmp_path / "training.npz"
    with pytest.raises(KilledError):
        learn(how(), Always(file, "me"), killed_after=3)
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["array/network/0"] = np.zeros((1, 65), np.float32)
    np.savez(file, **arrays)
    checkpoints = Always(file, "me")
    assert learn(how(), checkpoints) == learn(how())
    assert checkpoints.note == "a checkpoint was there but of another training, and not used"
