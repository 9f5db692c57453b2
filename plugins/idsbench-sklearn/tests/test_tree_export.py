"""The ONNX file of boosted or isolating trees scores as scikit-learn does."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from idsbench.values import Batch
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting
from idsbench_sklearn.isolation_forest import IsolationForest


def drawn(classes: int, missing: float = 0.0, n: int = 1_500) -> Batch:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, n).astype(np.int16)
    # Few values a column, so that many rows lie on thresholds.
    x = (rng.integers(-9, 9, (n, 5)) / 3).astype(np.float32)
    x[:, 0] += 2 * y
    x[rng.random((n, 5)) < missing] = np.nan
    return Batch(x, y)


def fit(model, train, valid=None):
    model.fit(train, valid or train, np.random.default_rng(0), lambda entry: None)
    return model


def exported(model, rows, folder):
    model.export("onnx", folder, rows)
    assert [path.name for path in folder.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (scores,) = session.run(["scores"], {"x": rows})
    return scores


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_boosting_scores_as_scikit_learn_does(classes, missing, tmp_path):
    data = drawn(classes, missing)
    model = fit(HistGradientBoosting(iterations=40), data)
    expected, found = model.scores(data.x), exported(model, data.x, tmp_path)
    assert (found.shape, found.dtype) == (expected.shape, np.float64)
    assert found == pytest.approx(expected, abs=1e-6)


def test_rows_on_either_side_of_a_threshold_stay_there(tmp_path):
    rng = np.random.default_rng(3)
    x = rng.random((600, 1)).astype(np.float32)
    model = fit(HistGradientBoosting(iterations=40), Batch(x, rng.integers(0, 2, 600, np.int16)))
    values = np.sort(x[:, 0])
    middle = ((values[1:].astype(np.float64) + values[:-1]) / 2).astype(np.float32)
    near = [np.nextafter(middle, np.float32(side)) for side in (-1, 2)]
    rows = np.concatenate([values, middle, *near])[:, None]
    assert exported(model, rows, tmp_path) == pytest.approx(model.scores(rows), abs=1e-6)


def test_a_class_without_training_rows_keeps_its_column_and_scores_nothing(tmp_path):
    data = drawn(4)
    kept = data.y != 2
    model = fit(HistGradientBoosting(iterations=10), Batch(data.x[kept], data.y[kept]), data)
    found = exported(model, data.x, tmp_path)
    assert found == pytest.approx(model.scores(data.x), abs=1e-6)
    assert not found[:, 2].any()


def test_an_isolation_forest_scores_as_the_model_does(tmp_path):
    data = drawn(2)
    model = fit(IsolationForest(trees=30), data)
    expected, found = model.scores(data.x), exported(model, data.x, tmp_path)
    assert found.dtype == np.float64
    assert found == pytest.approx(expected, abs=1e-6)
    np.testing.assert_array_equal(found >= 0.5, expected >= 0.5)
