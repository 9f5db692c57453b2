from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_torch.losses import cross_entropy
from idsbench_torch.runtime import nn, torch
from idsbench_torch.training import FALLS, Part, Settings, Told, train


def parts(flip: bool = False) -> tuple[Part, Part]:
    """One pixel that tells the class; in the validation part it may tell the opposite."""
    y = torch.tensor([0.0, 1.0]).repeat(32)
    x = y.reshape(-1, 1, 1, 1)
    return Part(x, y), Part(x, 1 - y if flip else y)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(1, 1))


def settings(rate: float, batch: int, epochs: int, patience: int = 0, **other: object) -> Settings:
    return Settings("cnn", rate, batch, epochs, patience, **other)  # type: ignore[arg-type]


def run(how: Settings, flip: bool = False, told: list | None = None):
    net = network()
    progress = (lambda entry: None) if told is None else told.append
    return net, train(net, parts(flip), how, np.random.default_rng(0), Told(progress))


def test_every_epoch_reports_loss_and_accuracy_on_both_parts():
    told: list = []
    _, history = run(settings(0.1, 16, 3, 0), told=told)
    keys = {"epoch", "loss", "accuracy", "valid_loss", "valid_accuracy"}
    assert [set(entry) for entry in history] == [keys] * 3
    assert [entry["epoch"] for entry in history] == [1, 2, 3]
    assert [{**entry, "rows_per_s": told[i]["rows_per_s"]} for i, entry in enumerate(history)] == (
        told
    )


def test_learning_lowers_the_loss():
    _, history = run(settings(0.1, 16, 20, 0))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_without_patience_all_epochs_are_run():
    _, history = run(settings(0.1, 16, 6, 0), flip=True)
    assert len(history) == 6


def test_patience_stops_and_goes_back_to_the_best_epoch():
    net, history = run(settings(0.1, 16, 50, 2), flip=True)
    losses = [entry["valid_loss"] for entry in history]
    assert len(losses) == losses.index(min(losses)) + 3
    valid = parts(flip=True)[1]
    with torch.inference_mode():
        loss = cross_entropy(net(valid.x)[:, 0], valid.y).mean().item()
    assert loss == min(losses)


def test_without_validation_rows_the_history_leaves_them_out():
    learn, _ = parts()
    none = Part(learn.x[:0], learn.y[:0])
    how = settings(0.1, 16, 1, 0)
    (entry,) = train(
        network(), (learn, none), how, np.random.default_rng(0), Told(lambda entry: None)
    )
    assert set(entry) == {"epoch", "loss", "accuracy"}


def test_a_loss_that_is_no_number_ends_the_training():
    learn, valid = parts()
    broken = Part(learn.x * float("inf"), learn.y)
    with pytest.raises(CellError) as caught:
        train(
            network(),
            (broken, valid),
            settings(0.5, 16, 3, 0),
            np.random.default_rng(0),
            Told(lambda entry: None),
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
    train(
        Spy(), (part, part), settings(0.1, 32, 2, 0), np.random.default_rng(0), Told(lambda e: None)
    )
    first, second = seen
    assert sorted(first) == sorted(second) == list(range(32))
    assert len({tuple(first), tuple(second), tuple(range(32))}) == 3


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.1] * 4),
        ("linear", [0.1, 0.075, 0.05, 0.025]),
        ("cosine", [0.1, 0.0853553, 0.05, 0.0146447]),
    ],
)
def test_the_learning_rate_falls_step_by_step_as_the_schedule_says(schedule, expected, monkeypatch):
    found: list[float] = []

    class Spy(torch.optim.Adam):
        def step(self, closure=None):
            found.append(self.param_groups[0]["lr"])
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "Adam", Spy)
    run(settings(0.1, 32, 2, schedule=schedule))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_every_schedule_starts_at_the_whole_rate():
    assert {fall(0.0) for fall in FALLS.values()} == {1.0}


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("loss", ["cross-entropy", "focal"])
@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_all_rules_and_losses_learn(optimizer, loss, class_weight):
    how = settings(0.1, 16, 20, optimizer=optimizer, loss=loss, class_weight=class_weight)
    _, history = run(how)
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["valid_accuracy"] == 1


def test_optimizers_take_different_steps():
    weights = [
        run(settings(0.1, 16, 1, optimizer=name))[0][1].weight.item()
        for name in ("adam", "rmsprop", "sgd")
    ]
    assert len(set(weights)) == 3


def test_balanced_weights_move_the_threshold_to_the_rarer_class():
    # Seven of eight rows are attacks and nothing tells them apart.
    y = (torch.arange(64) % 8 > 0).float()
    part = Part(torch.zeros(64, 1, 1, 1), y)
    chances = []
    for class_weight in ("none", "balanced"):
        net = network()
        how = settings(0.1, 64, 200, class_weight=class_weight)
        train(net, (part, part), how, np.random.default_rng(0), Told(lambda entry: None))
        chances.append(torch.sigmoid(net(part.x[:1])).item())
    np.testing.assert_allclose(chances, [7 / 8, 1 / 2], atol=0.01)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_short_numbers_learn_too_and_weights_stay_long(precision):
    net, history = run(settings(0.1, 16, 20, precision=precision))
    assert history[-1]["valid_accuracy"] == 1
    assert {weights.dtype for weights in net.parameters()} == {torch.float32}
    _, long = run(settings(0.1, 16, 20))
    assert history[-1]["valid_loss"] != long[-1]["valid_loss"]


def test_batches_of_a_network_that_normalises_are_nearly_equal():
    sizes: list[int] = []

    class Spy(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.training:
                sizes.append(len(x))
            return x

    net = nn.Sequential(Spy(), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(1, 1))
    learn, valid = parts()
    how = settings(0.1, 21, 1, rows_at_once=5)
    train(net, (learn, valid), how, np.random.default_rng(0), Told(lambda entry: None))
    assert sizes == [16, 16, 16, 16]


def test_the_same_seed_gives_the_same_history():
    assert run(settings(0.1, 16, 3))[1] == run(settings(0.1, 16, 3))[1]
