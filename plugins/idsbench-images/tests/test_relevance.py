from __future__ import annotations

import numpy as np

from idsbench.scaling import Scaler
from idsbench_images import relevance
from idsbench_images.relevance import by_relevance


def order(x: np.ndarray, y: np.ndarray, scale: str = "minmax") -> list[int]:
    scaler = Scaler(scale, unit=True)
    scaler.fit(x)
    return by_relevance(scaler, x, y).tolist()


def test_the_sign_of_the_correlation_does_not_matter():
    y = np.array([0, 0, 1, 1], np.int16)
    x = np.array([[0, 9, 0], [1, 8, 1], [0, 1, 1], [1, 0, 1]], np.float32)
    assert order(x, y) == [1, 2, 0]


def test_ties_and_constant_columns_keep_the_tables_order():
    y = np.array([0, 0, 1, 1], np.int16)
    x = np.array([[5, 1, 0, 5, 0], [5, 1, 0, 5, 1], [5, 0, 1, 5, 0], [5, 0, 1, 5, 1]], np.float32)
    assert order(x, y) == [1, 2, 0, 3, 4]


def test_many_ties_keep_the_tables_order():
    y = np.array([0, 0, 1, 1], np.int16)
    strong, weak = [0, 0, 1, 1], [0, 1, 0, 1]
    x = np.array([strong if j % 2 else weak for j in range(60)], np.float32).T
    assert order(x, y) == [*range(1, 60, 2), *range(0, 60, 2)]


def test_the_correlation_is_that_of_the_grey_values_shown():
    y = np.array([0, 0, 0, 1, 1, 1], np.int16)
    # Column 0 separates the classes by magnitude alone, column 1 by a plain but noisier step.
    x = np.array([[1, 0], [2, 0], [3, 1], [100, 1], [10_000, 1], [1_000_000, 1]], np.float32)
    assert order(x, y, "minmax") == [1, 0]
    assert order(x, y, "log") == [0, 1]


def test_chunks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300).astype(np.int16)
    x = (rng.normal(size=(300, 9)) + y[:, None] * np.arange(9)).astype(np.float32)
    whole = order(x, y)
    monkeypatch.setattr(relevance, "CHUNK_ROWS", 7)
    assert order(x, y) == whole
