"""A training that was killed after any epoch ends with the weights of one that was not."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.checkpoint import Checkpoints
from idsbench_torch.runtime import nn, torch
from idsbench_torch.training import Part, Settings, Told, train

EPOCHS = 6


class KilledError(Exception):
    """In place of a signal."""


class Always(Checkpoints):
    """Writes after every epoch, however short."""

    def offer(self, make):
        self._last = -1e9
        super().offer(make)


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same"),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(64, 1),
    ).to(memory_format=torch.channels_last)


def parts() -> tuple[Part, Part]:
    y = torch.tensor([0.0, 1.0]).repeat(40)
    generator = torch.Generator().manual_seed(5)
    x = torch.rand(80, 1, 4, 4, generator=generator) + y.reshape(-1, 1, 1, 1) * 0.3
    return Part(x, y), Part(x[:30], 1 - y[:30])


def learn(how: Settings, checkpoints=None, killed_after: int | None = None):
    """Train; or be killed once an epoch is done, and its state was offered."""

    def progress(entry):
        if killed_after is not None and entry["epoch"] == killed_after + 1:
            raise KilledError

    net, rng = network(), np.random.default_rng(0)
    history = train(net, parts(), how, rng, Told(progress, checkpoints))
    return history, {name: value.numpy().tobytes() for name, value in net.state_dict().items()}


def how(**other) -> Settings:
    return Settings("cnn", 0.05, 16, EPOCHS, **other)


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


@pytest.mark.parametrize("lost", ["generator", "optimiser/0/exp_avg", "network/5.bias"])
def test_each_part_of_the_state_is_needed(tmp_path, lost):
    """A state in which it is spoilt gives other weights: the tests above could fail."""
    file = tmp_path / "training.npz"
    with pytest.raises(KilledError):
        learn(how(), Always(file, "me"), killed_after=3)
    with np.load(file) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    other = torch.Generator().manual_seed(9).get_state().numpy()
    arrays[f"array/{lost}"] = other if lost == "generator" else arrays[f"array/{lost}"] + 1
    np.savez(file, **arrays)
    assert learn(how(), Always(file, "me"))[1] != learn(how())[1]


def test_the_state_of_another_network_is_not_used(tmp_path):
    file = tmp_path / "training.npz"
    with pytest.raises(KilledError):
        learn(how(), Always(file, "me"), killed_after=3)
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["array/network/5.weight"] = np.zeros((1, 65), np.float32)
    np.savez(file, **arrays)
    checkpoints = Always(file, "me")
    assert learn(how(), checkpoints) == learn(how())
    assert checkpoints.note == "a checkpoint was there but of another training, and not used"
