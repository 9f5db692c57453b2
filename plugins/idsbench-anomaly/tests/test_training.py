from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from idsbench.checkpoint import Checkpoints
from idsbench.errors import CellError
from idsbench_anomaly.training import Schedule, rows_per_step, train


def squared(weights: dict[str, Any], rows: Any) -> Any:
    return (rows - weights["centre"]).square().mean()


def learn(schedule: Schedule, rows: np.ndarray, tell=lambda entry: None, checkpoints=None):
    how = (schedule, np.random.default_rng(0), tell)
    weights = {"centre": np.zeros(2, np.float32)}
    return train(weights, squared, (rows, rows[:0]), how, checkpoints)


class KilledError(Exception):
    """In place of a signal."""


class Always(Checkpoints):
    """Writes after every epoch, however short."""

    def offer(self, make):
        self._last = -1e9
        super().offer(make)


@pytest.mark.parametrize("epoch", [1, 5])
def test_a_killed_training_ends_as_one_that_was_not(tmp_path, epoch):
    rows = np.random.default_rng(0).normal([1, -2], 0.5, size=(300, 2)).astype(np.float32)
    schedule = Schedule("any", 0.05, 50, 8)

    def killed(entry):
        if entry["epoch"] == epoch + 1:
            raise KilledError

    with pytest.raises(KilledError):
        learn(schedule, rows, killed, Always(tmp_path / "training.npz", "me"))
    checkpoints = Always(tmp_path / "training.npz", "me")
    weights, history = learn(schedule, rows, checkpoints=checkpoints)
    whole, all_epochs = learn(schedule, rows)
    assert checkpoints.resumed == epoch
    assert history == all_epochs
    assert weights["centre"].tobytes() == whole["centre"].tobytes()


def test_what_makes_the_loss_least_is_found():
    rows = np.random.default_rng(0).normal([1, -2], 0.1, size=(300, 2)).astype(np.float32)
    weights, history = learn(Schedule("any", 0.05, 50, 40), rows)
    np.testing.assert_allclose(weights["centre"], rows.mean(axis=0), atol=0.05)
    assert [entry["epoch"] for entry in history] == list(range(1, 41))


def test_learning_takes_one_thread_and_leaves_the_number_as_it_was():
    before, seen = torch.get_num_threads(), set()

    def watched(weights: dict[str, Any], rows: Any) -> Any:
        seen.add(torch.get_num_threads())
        return squared(weights, rows)

    torch.set_num_threads(2)
    try:
        rows = np.ones((9, 2), np.float32)
        how = (Schedule("any", 0.05, 50, 2), np.random.default_rng(0), lambda entry: None)
        train({"centre": np.zeros(2, np.float32)}, watched, (rows, rows), how)
        assert (seen, torch.get_num_threads()) == ({1}, 2)
    finally:
        torch.set_num_threads(before)


def test_rows_and_starting_weights_are_left_as_they_were():
    rows = np.ones((20, 2), np.float32)
    rows.setflags(write=False)
    start = {"centre": np.zeros(2, np.float32)}
    train(
        start, squared, (rows, rows), (Schedule("any", 0.1, 5, 2), np.random.default_rng(0), print)
    )
    assert start["centre"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("rows", "step"), [(10, 16), (640, 16), (2_000, 50), (10_240, 256), (1_000_000, 256)]
)
def test_few_rows_make_small_steps(rows, step):
    assert rows_per_step(256, rows) == step


def test_a_batch_smaller_than_that_stays():
    assert rows_per_step(4, 10) == rows_per_step(4, 10_000) == 4


def test_a_second_stage_counts_its_epochs_on():
    _, history = learn(Schedule("any", 0.05, 50, 3, stage=1), np.ones((9, 2), np.float32))
    assert [entry["epoch"] for entry in history] == [4, 5, 6]


def test_a_loss_that_is_no_number_names_the_model_and_what_to_change():
    rows = np.full((9, 2), np.inf, np.float32)
    with pytest.raises(CellError) as error:
        learn(Schedule("any", 0.05, 50, 3), rows)
    assert str(error.value) == (
        "the training loss of any is not a number in epoch 1: use a learning_rate under 0.05"
    )
