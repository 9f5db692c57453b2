from __future__ import annotations

import numpy as np


def test_parameters_are_weights_biases_and_the_level_and_macs_the_weights(make, traffic):
    model = make("autoencoder", hidden=5, code=2, epochs=1)
    data = traffic()
    model.fit(data, data, np.random.default_rng(0), lambda entry: None)
    weights = 12 * 5 + 5 * 2 + 2 * 5 + 5 * 12
    assert model.macs() == weights
    assert model.parameter_count() == weights + (5 + 2 + 5 + 12) + 1


def test_the_anomaly_is_the_root_mean_squared_reconstruction_error(make, traffic):
    model, data = make("autoencoder", hidden=5, code=2, epochs=1), traffic()
    model.fit(data, data, np.random.default_rng(0), lambda entry: None)
    w = model._weights
    out = data.x
    for i in range(4):
        out = out @ w[f"weight{i}"] + w[f"bias{i}"]
        out = np.maximum(out, 0) if i < 3 else out
    error = np.sqrt(((out - data.x) ** 2).mean(axis=1))
    np.testing.assert_allclose(model.scores(data.x), error / (error + model._level), rtol=1e-5)
