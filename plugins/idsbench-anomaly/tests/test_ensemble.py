from __future__ import annotations

import numpy as np
import pytest

from idsbench_anomaly.ensemble import Ensemble, rescaled, start, value_range


def layer() -> tuple[Ensemble, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.random((50, 4)).astype(np.float32)
    return start([[0, 2, 3], [1]], 0.75, value_range(x), rng), x


def plain_error(layer: Ensemble, x: np.ndarray, i: int, group: list[int], hidden: int):
    """One autoencoder without padding."""
    given = ((x - layer.range[0]) / layer.range[1])[:, group]
    weight = layer.weight[i, : len(group), :hidden]
    inside = 1 / (1 + np.exp(-(given @ weight + layer.hidden_bias[i, 0, :hidden])))
    out = 1 / (1 + np.exp(-(inside @ weight.T + layer.output_bias[i, 0, : len(group)])))
    return np.sqrt(((out - given) ** 2).mean(axis=1))


def test_each_autoencoder_works_on_its_own_columns_as_if_alone():
    ensemble, x = layer()
    rng = np.random.default_rng(1)
    ensemble = ensemble.learned({k: rng.normal(size=v.shape) for k, v in ensemble.weights.items()})
    errors = ensemble.errors(x)
    assert errors.shape == (50, 2)
    np.testing.assert_allclose(errors[:, 0], plain_error(ensemble, x, 0, [0, 2, 3], 3), rtol=1e-5)
    np.testing.assert_allclose(errors[:, 1], plain_error(ensemble, x, 1, [1], 1), rtol=1e-5)


def test_the_loss_is_the_sum_of_the_mean_squared_errors_whatever_the_padding_holds():
    import torch

    ensemble, x = layer()
    rng = np.random.default_rng(1)
    drawn = {k: rng.normal(size=v.shape).astype("f4") for k, v in ensemble.weights.items()}
    weights = {name: torch.from_numpy(array) for name, array in drawn.items()}
    loss = ensemble.loss()(weights, torch.from_numpy(rescaled(x, ensemble.range)))
    errors = ensemble.learned(drawn).errors(x)
    assert float(loss) == pytest.approx(np.square(errors).mean(axis=0).sum(), rel=1e-5)


def test_counts_leave_padding_out():
    ensemble, _ = layer()
    assert ensemble.weight_count() == 3 * 3 + 1 * 1
    assert ensemble.parameter_count() == 10 + (3 + 1) + (3 + 1) + 8


def test_the_range_of_benign_rows_becomes_zero_to_one_and_constants_keep_their_width():
    x = np.array([[1, 5], [3, 5]], np.float32)
    limits = value_range(x)
    assert rescaled(x, limits).tolist() == [[0, 0], [1, 0]]
    assert rescaled(np.array([[5, 7]], np.float32), limits).tolist() == [[2, 2]]
