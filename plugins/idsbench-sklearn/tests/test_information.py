from __future__ import annotations

import numpy as np
import pytest

from idsbench_sklearn.information import information_gain, interval_codes


def test_a_column_that_names_the_class_removes_all_entropy_and_a_constant_one_none():
    y = np.array([0, 0, 1, 1, 2, 2, 3, 3], np.int16)
    x = np.stack([y * 10.0, np.full(8, 5.0), y // 2], axis=1).astype(np.float32)
    np.testing.assert_allclose(information_gain(x, y, 8), [2.0, 0.0, 1.0], atol=1e-12)


def test_the_gain_is_the_entropy_less_the_mean_entropy_within_intervals():
    y = np.array([0, 0, 0, 1, 1, 1], np.int16)
    x = np.array([[1], [1], [1], [1], [2], [2]], np.float32)
    within = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    assert information_gain(x, y, 4)[0] == pytest.approx(1 - 4 / 6 * within)


def test_an_order_that_is_not_monotone_counts_too():
    x = np.linspace(-1, 1, 1_000, dtype=np.float32)[:, None]
    y = (np.abs(x[:, 0]) > 0.5).astype(np.int16)
    assert abs(np.corrcoef(x[:, 0], y)[0, 1]) < 0.01
    assert information_gain(x, y, 64)[0] > 0.9


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(500, 3)).astype(np.float32), rng.integers(0, 3, 500).astype(np.int16)
    order = rng.permutation(500)
    np.testing.assert_allclose(
        information_gain(x, y, 16), information_gain(x[order], y[order], 16), rtol=1e-12
    )


def test_intervals_hold_about_equally_many_rows_and_equal_values_share_one():
    values = np.concatenate([np.zeros(600), np.arange(1, 401)]).astype(np.float32)
    codes = interval_codes(values, 10)
    assert len(set(codes[:600])) == 1
    assert (np.diff(codes[600:]) >= 0).all()
    assert np.bincount(codes)[1:].tolist() == [100] * 4
    assert codes.max() < 10
