from __future__ import annotations

import numpy as np

from idsbench_tensorflow import scoring
from idsbench_tensorflow.runtime import keras


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((2, 2, 1)), keras.layers.Flatten(), keras.layers.Dense(1, name="output")]
    return keras.Sequential(layers)


def test_scores_are_the_sigmoid_of_the_network_in_pieces_and_alone(monkeypatch):
    monkeypatch.setattr(scoring, "PIXELS_PER_PIECE", 4 * 7)
    net = network()
    x = np.random.default_rng(0).random((20, 2, 2, 1), dtype=np.float32)
    probability = scoring.attack_probability(net, 2)
    expected = 1 / (1 + np.exp(-net(x).numpy()[:, 0].astype(np.float64)))
    np.testing.assert_allclose(probability(x), expected, rtol=1e-12)
    alone = [probability(x[i : i + 1])[0] for i in range(20)]
    np.testing.assert_allclose(alone, expected, rtol=1e-6)
    assert probability(x).dtype == probability(x[:1]).dtype == np.float64


def test_no_rows_give_no_scores():
    assert scoring.attack_probability(network(), 2)(np.zeros((0, 2, 2, 1), "f")).shape == (0,)


def test_probabilities_of_sure_rows_stay_apart():
    net = network()
    probability = scoring.attack_probability(net, 2)
    row = np.zeros((1, 2, 2, 1), np.float32)
    net.get_layer("output").bias.assign([20.0])
    sure = probability(row)[0]
    net.get_layer("output").bias.assign([21.0])
    assert sure < probability(row)[0] < 1
