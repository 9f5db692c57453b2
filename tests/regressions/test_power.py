"""The tests behind a gate hold their risk, and say what they could have seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from idsbench import power


def _counts(*values: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values, dtype=float), np.full(len(values), 10_000.0)


def test_with_many_events_the_test_is_a_t_test_on_log_rates():
    base, head = _counts(90, 110, 100, 130, 95), _counts(140, 120, 160, 150, 118)
    _, p, _ = power.rates_changed(base, head, 0.4)
    logs = [power.log_rates(*side) for side in (base, head)]
    expected = stats.ttest_ind(logs[1], logs[0], alternative="greater").pvalue
    assert float(p) == pytest.approx(float(expected), rel=1e-9)


def test_with_too_few_seeds_the_spread_is_assumed():
    sides, p, _ = power.rates_changed(_counts(100), _counts(200), 0.4)
    assert np.isinf(sides.degrees)
    assert float(sides.error) == pytest.approx(np.sqrt(2 * (0.16 + 0.0075)), rel=0.01)
    assert 0.05 < float(p) < 0.2


def test_seeds_that_agree_by_luck_do_not_make_a_change_certain():
    sides, _, _ = power.rates_changed(_counts(*[100] * 5), _counts(*[101] * 5), 0.4)
    assert float(sides.error) > 0.02
    assert float(power.p_higher(sides)) > 0.3


def test_few_events_are_counted_exactly():
    _, one_each, _ = power.rates_changed(_counts(*[0] * 5), _counts(*[1] * 5), 0.4)
    assert float(one_each) == pytest.approx(1 / 32)
    _, many, _ = power.rates_changed(_counts(*[0] * 5), _counts(*[20] * 5), 0.4)
    assert float(many) < 1e-4


def test_no_events_at_all_are_no_change():
    _, p, _ = power.rates_changed(_counts(*[0] * 5), _counts(*[0] * 5), 0.4)
    assert float(p) == 1.0


def test_one_run_against_a_history_is_a_prediction_interval():
    history, run = _counts(90, 110, 100, 130, 95, 105), _counts(150)
    sides, p, _ = power.rates_changed(history, run, 0.4)
    logs = power.log_rates(*history)
    error = logs.std(ddof=1) * np.sqrt(1 + 1 / 6)
    assert sides.degrees == 5
    assert float(sides.error) == pytest.approx(error)
    t = (power.log_rates(*run)[0] - logs.mean()) / error
    assert float(p) == pytest.approx(stats.t.sf(t, 5))


def test_a_change_that_would_be_noticed_is_noticed_four_times_in_five():
    rng = np.random.default_rng(3)
    base, head = rng.normal(0, 0.2, (20_000, 5)), rng.normal(0, 0.2, (20_000, 5))
    truth = np.sqrt(0.2**2 * 2 / 5)
    reach = power.least_noticed(power.Spread(np.array(0.0), np.array(truth), 8), power.ALPHA)
    p = power.p_higher(power.spread(base, head + reach, 0.0, 0.4))
    # The sum of two quantiles stands for the noncentral t: a little on the safe side.
    assert 0.78 < float((p < power.ALPHA).mean()) < 0.88


@pytest.mark.parametrize("fewer", [0, 1, 5, 20])
def test_the_least_signs_just_pass_the_sign_test(fewer):
    more = power.least_signs(fewer, 0.01)
    assert power.sign_p(more, fewer) < 0.01 <= power.sign_p(more - 1, fewer)
