"""The ONNX file of boosted trees scores as the library does, missing numbers included."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from idsbench.values import Batch
from idsbench_boosting.lightgbm_trees import LightGbm
from idsbench_boosting.xgboost_trees import XgBoost

BUILD = {"lightgbm": LightGbm, "xgboost": XgBoost}


def drawn(classes: int, missing: float = 0.0, n: int = 1_500) -> Batch:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, n).astype(np.int16)
    # Few values a column, so that many rows lie on thresholds.
    x = (rng.integers(-9, 9, (n, 5)) / 3).astype(np.float32)
    x[:, 0] += 2 * y
    x[rng.random((n, 5)) < missing] = np.nan
    return Batch(x, y)


def exported(model, rows, folder):
    model.export("onnx", folder, rows)
    assert [path.name for path in folder.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (scores,) = session.run(["scores"], {"x": rows})
    return scores


@pytest.fixture(params=BUILD)
def model(request):
    return BUILD[request.param](iterations=40)


def fit(model, train, valid=None):
    model.fit(train, valid or train, np.random.default_rng(0), lambda entry: None)
    return model


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_the_file_scores_as_the_library_does(model, classes, missing, tmp_path):
    data = drawn(classes, missing)
    expected = fit(model, data).scores(data.x)
    found = exported(model, data.x, tmp_path)
    assert (found.shape, found.dtype) == (expected.shape, np.float64)
    assert found == pytest.approx(expected, abs=1e-6)


def test_rows_on_either_side_of_a_threshold_stay_there(model, tmp_path):
    rng = np.random.default_rng(3)
    train = Batch(rng.random((600, 1)).astype(np.float32), rng.integers(0, 2, 600).astype(np.int16))
    fit(model, train)
    # Each trained value, with the numbers next to it, and the middle of any two.
    values = np.sort(train.x[:, 0])
    middle = ((values[1:].astype(np.float64) + values[:-1]) / 2).astype(np.float32)
    near = [np.nextafter(middle, np.float32(side)) for side in (-1, 2)]
    rows = np.concatenate([values, middle, *near])[:, None]
    assert exported(model, rows, tmp_path) == pytest.approx(model.scores(rows), abs=1e-6)


@pytest.mark.parametrize("label", [0, 2, 3])
def test_a_class_without_training_rows_keeps_its_column_and_scores_nothing(model, label, tmp_path):
    data = drawn(4)
    kept = data.y != label
    fit(model, Batch(data.x[kept], data.y[kept]), data)
    found = exported(model, data.x, tmp_path)
    assert found == pytest.approx(model.scores(data.x), abs=1e-6)
    assert not found[:, label].any()


def test_missing_numbers_are_taken_as_the_library_takes_them_where_none_were_learned(
    model, tmp_path
):
    data = drawn(2)
    rows = drawn(2, missing=0.3).x
    fit(model, data)
    assert exported(model, rows, tmp_path) == pytest.approx(model.scores(rows), abs=1e-6)


def test_trees_that_found_nothing_to_split_score_the_share_of_attacks(model, tmp_path):
    data = Batch(np.ones((100, 3), np.float32), (np.arange(100) % 4 == 0).astype(np.int16))
    fit(model, data)
    assert exported(model, data.x, tmp_path) == pytest.approx(model.scores(data.x), abs=1e-6)
