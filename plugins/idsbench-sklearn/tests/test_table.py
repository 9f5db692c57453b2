from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

from idsbench_sklearn.table import Table

SCALES = ["standard", "log", "quantile", "minmax", "none"]
REFERENCES = {
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "quantile": QuantileTransformer(n_quantiles=1_000, subsample=None),
}


@pytest.fixture
def x() -> np.ndarray:
    rng = np.random.default_rng(0)
    columns = [
        rng.normal(5, 2, 3_000),
        rng.exponential(1e6, 3_000),
        rng.integers(0, 3, 3_000),
        rng.choice([0.0, 0.0, 0.0, 40.0, 1_500.0], 3_000),
        np.zeros(3_000),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


@pytest.mark.parametrize("scale", REFERENCES)
def test_each_scale_agrees_with_scikit_learn_on_fitted_and_on_new_rows(x, scale):
    fitted, new = x[:2_000], x[2_000:]
    reference = REFERENCES[scale].fit(fitted.astype(np.float64))
    table = Table(scale)
    table.fit(fitted, np.zeros(2_000, np.int16))
    for rows in (fitted, new):
        expected = reference.transform(rows.astype(np.float64))
        np.testing.assert_allclose(table.transform(rows), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_a_restored_table_gives_the_same_bytes_and_layout_changes_nothing(x, scale):
    table, again = Table(scale), Table(scale)
    table.fit(x, np.zeros(len(x), np.int16))
    again.restore(table.state())
    out = table.transform(x)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(again.transform(x), out)
    assert table.layout(out) is out


def test_the_default_is_standard(x):
    default, standard = Table(), Table("standard")
    default.fit(x, np.zeros(len(x), np.int16))
    standard.fit(x, np.zeros(len(x), np.int16))
    np.testing.assert_array_equal(default.transform(x), standard.transform(x))
