from __future__ import annotations

import numpy as np
import pytest

from idsbench import correlation
from idsbench.correlation import correlations


def drawn(n: int = 2_000) -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.lognormal(0, 4, size=(n, 6)).astype(np.float32)
    x[:, 1] = -3 * x[:, 0]
    x[:, 2] = 1e9 + 100 * rng.normal(size=n)
    return x


def test_it_agrees_with_numpy_on_heavy_tails_and_large_offsets():
    x = drawn()
    expected = np.corrcoef(x.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(correlations(x), expected, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, 7e8, 0.1])
def test_a_constant_column_goes_with_no_other(value):
    x = drawn()
    x[:, 3] = value
    r = correlations(x)
    assert np.delete(r[3], 3).tolist() == np.delete(r[:, 3], 3).tolist() == [0] * 5
    assert (np.diag(r) == 1).all()


def test_columns_that_mirror_each_other_reach_one_and_nothing_exceeds_it():
    r = correlations(drawn())
    assert r[0, 1] == pytest.approx(-1)
    assert np.abs(r).max() <= 1


def test_chunks_change_nothing_but_the_last_digits(monkeypatch):
    x = drawn()
    whole = correlations(x)
    monkeypatch.setattr(correlation, "CHUNK_ROWS", 7)
    np.testing.assert_allclose(correlations(x), whole, atol=1e-12)
