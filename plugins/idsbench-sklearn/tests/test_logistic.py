from __future__ import annotations

import numpy as np
import pytest

from idsbench.values import Batch
from idsbench_sklearn.logistic import Logistic


def drawn(classes: int = 2) -> Batch:
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, 500).astype(np.int16)
    return Batch((rng.normal(size=(500, 7)) + y[:, None]).astype(np.float32), y)


def fit(model: Logistic, data: Batch):
    return model.fit(data, data, np.random.default_rng(0), lambda entry: None)


def test_a_fit_that_ran_out_of_iterations_says_so_and_warns_of_nothing():
    result = fit(Logistic(max_iter=1), drawn())
    assert dict(result.assumed) == {"converged": False, "iterations": 1}


def test_a_fit_that_converged_says_so():
    result = fit(Logistic(), drawn())
    assert result.assumed["converged"] is True
    assert 1 < result.assumed["iterations"] < 200


@pytest.mark.parametrize(("classes", "weights"), [(2, 7), (3, 21)])
def test_parameters_are_coefficients_and_intercepts_and_macs_the_coefficients(classes, weights):
    model = Logistic()
    fit(model, drawn(classes))
    assert model.parameter_count() == weights + weights // 7
    assert model.macs() == weights


def test_scores_are_the_logistic_function_of_the_documented_parameters():
    data, model = drawn(), Logistic(c=0.5)
    fit(model, data)
    coefficients, intercept = model._estimator.coef_[0], model._estimator.intercept_[0]
    expected = 1 / (1 + np.exp(-(data.x.astype(np.float64) @ coefficients + intercept)))
    np.testing.assert_allclose(model.scores(data.x), expected, rtol=1e-9)


def test_a_smaller_c_gives_smaller_coefficients():
    strong, weak = Logistic(c=0.001), Logistic(c=10)
    for model in (strong, weak):
        fit(model, drawn())
    assert np.abs(strong._estimator.coef_).sum() < np.abs(weak._estimator.coef_).sum()


def test_the_largest_floats_get_finite_scores():
    model = Logistic()
    fit(model, drawn())
    scores = model.scores(np.full((2, 7), np.finfo(np.float32).max, np.float32))
    assert np.isfinite(scores).all()


def test_sure_rows_keep_scores_apart_that_float32_would_make_equal():
    model = Logistic()
    fit(model, drawn())
    scores = model.scores(np.array([[4] * 7, [4.5] * 7], np.float32))
    assert scores[0] != scores[1]
    assert np.float32(scores[0]) == np.float32(scores[1]) == 1
