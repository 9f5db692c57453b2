from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_torch.runtime import nn, torch
from idsbench_torch.training import Part, Schedule, evaluate, train


def parts(flip: bool = False) -> tuple[Part, Part]:
    """One pixel that tells the class; in the validation part it may tell the opposite."""
    y = torch.tensor([0.0, 1.0]).repeat(32)
    x = y.reshape(-1, 1, 1, 1)
    return Part(x, y), Part(x, 1 - y if flip else y)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(1, 1))


def run(schedule: Schedule, flip: bool = False, told: list | None = None):
    net = network()
    progress = (lambda entry: None) if told is None else told.append
    return net, train(net, parts(flip), schedule, np.random.default_rng(0), progress)


def test_every_epoch_reports_loss_and_accuracy_on_both_parts():
    told: list = []
    _, history = run(Schedule(0.1, 16, 3, 0), told=told)
    keys = {"epoch", "loss", "accuracy", "valid_loss", "valid_accuracy"}
    assert [set(entry) for entry in history] == [keys] * 3
    assert [entry["epoch"] for entry in history] == [1, 2, 3]
    assert [{**entry, "rows_per_s": told[i]["rows_per_s"]} for i, entry in enumerate(history)] == (
        told
    )


def test_learning_lowers_the_loss():
    _, history = run(Schedule(0.1, 16, 20, 0))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_without_patience_all_epochs_are_run():
    _, history = run(Schedule(0.1, 16, 6, 0), flip=True)
    assert len(history) == 6


def test_patience_stops_and_goes_back_to_the_best_epoch():
    net, history = run(Schedule(0.1, 16, 50, 2), flip=True)
    losses = [entry["valid_loss"] for entry in history]
    assert len(losses) == losses.index(min(losses)) + 3
    assert evaluate(net, parts(flip=True)[1])[0] == min(losses)


def test_without_validation_rows_the_history_leaves_them_out():
    learn, _ = parts()
    none = Part(learn.x[:0], learn.y[:0])
    schedule = Schedule(0.1, 16, 1, 0)
    (entry,) = train(
        network(), (learn, none), schedule, np.random.default_rng(0), lambda entry: None
    )
    assert set(entry) == {"epoch", "loss", "accuracy"}


def test_a_loss_that_is_no_number_ends_the_training():
    learn, valid = parts()
    broken = Part(learn.x * float("inf"), learn.y)
    with pytest.raises(CellError) as caught:
        train(
            network(),
            (broken, valid),
            Schedule(0.5, 16, 3, 0),
            np.random.default_rng(0),
            lambda entry: None,
        )
    assert str(caught.value) == (
        "the training loss of cnn is not a number in epoch 1: use a learning_rate under 0.5"
    )


def test_rows_are_shuffled_anew_in_every_epoch():
    seen: list[list[float]] = []

    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.training:
                seen.append(x[:, 0, 0, 0].tolist())
            return x[:, 0, 0] * self.weight

    part = Part(torch.arange(32.0).reshape(-1, 1, 1, 1), torch.ones(32))
    train(Spy(), (part, part), Schedule(0.1, 32, 2, 0), np.random.default_rng(0), lambda e: None)
    first, second = seen
    assert sorted(first) == sorted(second) == list(range(32))
    assert len({tuple(first), tuple(second), tuple(range(32))}) == 3
