from __future__ import annotations

import numpy as np


def fitted(make, traffic, **parameters):
    model, data = make("kitnet", epochs=1, **parameters), traffic()
    result = model.fit(data, data, np.random.default_rng(0), lambda entry: None)
    return model, data, result


def test_parameters_are_tied_weights_biases_ranges_and_the_level(make, traffic):
    model, _, result = fitted(make, traffic, columns=4, ratio=0.5)
    groups = len(model._layers[0].members)
    assert result.assumed["autoencoders"] == groups + 1
    sizes = model._layers[0].inputs.sum(axis=1).astype(int).tolist()
    weights = biases = 0
    for size in (*sizes, groups):
        hidden = int(np.ceil(0.5 * size))
        weights += size * hidden
        biases += size + hidden
    assert sum(sizes) == 12
    assert model.macs() == 2 * weights
    assert model.parameter_count() == weights + biases + 2 * (12 + groups) + 1


def test_the_output_layer_sees_the_errors_of_the_small_ones(make, traffic):
    model, data, _ = fitted(make, traffic)
    ensemble, output = model._layers
    errors = ensemble.errors(data.x)
    assert errors.shape == (800, len(ensemble.members))
    anomaly = output.errors(errors)[:, 0]
    np.testing.assert_allclose(model.scores(data.x), anomaly / (anomaly + model._level), rtol=1e-5)


def test_no_small_autoencoder_has_more_columns_than_allowed(make, traffic):
    for most in (1, 3, 12):
        model, _, _ = fitted(make, traffic, columns=most)
        assert model._layers[0].inputs.sum(axis=1).max() <= most
