"""The ONNX file of a classifier scores as the classifier does."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from idsbench.errors import CellSkipped
from idsbench.values import Batch
from idsbench_sklearn.decision_tree import DecisionTree
from idsbench_sklearn.logistic import Logistic
from idsbench_sklearn.onnx_export import FILE
from idsbench_sklearn.random_forest import RandomForest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5)).astype(np.float32)


def _labels(classes: int) -> np.ndarray:
    return np.digitize(X[:, 0] + 0.3 * X[:, 1], np.linspace(-1, 1, classes - 1)).astype(np.int16)


def _fitted(build, y):
    model = build()
    batch = Batch(X, y)
    model.fit(batch, batch, np.random.default_rng(1), lambda state: None)
    return model


def _exported(model, folder):
    model.export("onnx", folder, X)
    session = onnxruntime.InferenceSession(folder / FILE, providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"x": X})
    return scores


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("build", [DecisionTree, Logistic, lambda: RandomForest(trees=20)])
def test_the_file_scores_as_the_model_does(build, classes, tmp_path):
    model = _fitted(build, _labels(classes))
    expected = model.scores(X)
    scores = _exported(model, tmp_path)
    assert scores.shape == expected.shape
    # Thresholds are rounded to single precision; a row on one may fall on the other side.
    assert (np.abs(scores - expected) < 1e-5).mean() > 0.99


def test_a_class_that_was_never_learned_has_no_onnx_form(tmp_path):
    y = _labels(4)
    y[y == 2] = 3
    with pytest.raises(CellSkipped) as caught:
        _fitted(DecisionTree, y).export("onnx", tmp_path, X)
    assert str(caught.value) == (
        "the training rows lack a class of the task, and an ONNX file scores only those it "
        "learned: use more training rows"
    )
