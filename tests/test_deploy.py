"""Which rows a deployment is calibrated with: captured ones of the training part, of both sides."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from idsbench.deploy import CALIBRATION_ROWS, LEAST_OF_A_SIDE, calibration_rows


def part(benign: int, attacks: int, synthetic: int = 0) -> SimpleNamespace:
    y = np.repeat([0, 1, 2], [benign, attacks - attacks // 2, attacks // 2]).astype(np.int16)
    made = np.zeros(len(y) + synthetic, dtype=bool)
    made[len(y) :] = True
    return SimpleNamespace(y=np.concatenate([y, np.zeros(synthetic, np.int16)]), synthetic=made)


@pytest.mark.parametrize(
    ("benign", "attacks", "least"),
    [(10_000, 10_000, LEAST_OF_A_SIDE), (9_000, 70, LEAST_OF_A_SIDE), (5_000, 3, 3), (100, 40, 40)],
)
def test_the_rarer_side_has_its_rows_too(benign, attacks, least):
    train = part(benign, attacks)
    chosen = calibration_rows(train, 0)
    assert len(chosen) == min(CALIBRATION_ROWS, benign + attacks)
    assert len(np.unique(chosen)) == len(chosen)
    assert (np.diff(chosen) > 0).all()
    assert min((train.y[chosen] != 0).sum(), (train.y[chosen] == 0).sum()) >= least


def test_where_both_have_them_the_sides_are_mixed_as_in_the_training_part():
    train = part(8_000, 2_000)
    attacks = [int((train.y[calibration_rows(train, seed)] != 0).sum()) for seed in range(20)]
    assert np.mean(attacks) == pytest.approx(CALIBRATION_ROWS / 5, abs=8)


def test_synthetic_rows_are_never_among_them():
    train = part(50, 50, synthetic=400)
    assert calibration_rows(train, 0).tolist() == list(range(100))


def test_the_seed_decides():
    train = part(5_000, 5_000)
    first, again, other = (calibration_rows(train, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
