"""Steps are found where they are, and hardly ever where there are none."""

from __future__ import annotations

import numpy as np

from idsbench.history_steps import steps


def test_a_step_is_found_where_it_is():
    rng = np.random.default_rng(1)
    series = rng.normal(0, 0.1, 30) + np.repeat([0.0, np.log(1.5)], [12, 18])
    (step,) = steps(series)
    assert step.after == 12
    assert 0.35 < step.change < 0.65


def test_two_steps_are_found_in_order():
    rng = np.random.default_rng(2)
    series = rng.normal(0, 0.1, 30) + np.repeat([0.0, 1.0, 0.2], 10)
    assert [step.after for step in steps(series)] == [10, 20]


def test_at_most_two_of_a_hundred_histories_without_a_step_show_one():
    rng = np.random.default_rng(3)
    found = sum(bool(steps(series)) for series in rng.normal(0, 0.2, (400, 15)))
    assert found <= 8


def test_one_odd_run_is_no_step():
    series = np.full(20, 0.0) + np.tile([0.0, 0.05], 10)
    series[10] = 0.5
    assert steps(series) == []


def test_a_short_history_has_no_step():
    assert steps(np.array([0.0, 0.0, 3.0, 3.0])) == []
    assert steps(np.array([])) == []
