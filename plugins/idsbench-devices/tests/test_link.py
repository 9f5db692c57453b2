"""C gives logits, and whoever reads them takes the probability in double precision."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from idsbench.rowstore import read_json
from idsbench_devices.c_target import CTarget, write_model
from idsbench_devices.link import probabilities
from idsbench_devices.program import ABOUT
from idsbench_sklearn.decision_tree import DecisionTree
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting
from idsbench_sklearn.logistic import Logistic

pytestmark = pytest.mark.usefixtures("gcc", "uncounted")
Boosting = partial(HistGradientBoosting, 8)


@pytest.mark.parametrize(
    ("build", "classes", "link"),
    [
        (Logistic, 2, "logistic"),
        (Boosting, 2, "logistic"),
        (DecisionTree, 2, ""),
        (Logistic, 3, ""),
        (Boosting, 3, ""),
    ],
)
def test_the_logistic_function_of_one_score_is_left_to_the_reader(
    fitted, rows, tmp_path, build, classes, link
):
    _, said = write_model(fitted(build, classes), "float", rows, tmp_path)
    assert said == link
    used = (tmp_path / "model.h").read_text()
    assert ("USES_LOGISTIC" in used or "LINK(x, n) logistic" in used) is False


def test_sure_rows_keep_their_order(fitted, rows, tmp_path):
    """In single precision all logits over 17 are the probability 1."""
    model = fitted(Logistic)
    far = rows[:64] * np.float32(8)
    target = CTarget("float", "s")
    target.deploy(model, tmp_path, rows[:300])
    assert read_json(tmp_path / ABOUT)["link"] == "logistic"
    found, expected = target.open(None, tmp_path).scores(far), model.scores(far)
    sure = (expected > 1 - 1e-8) & (expected < 1)
    assert sure.sum() > 3
    assert len(np.unique(np.float32(found[sure]))) == 1 < len(np.unique(found[sure]))
    assert np.array_equal(np.argsort(found[sure]), np.argsort(expected[sure]))


def test_answers_without_a_link_are_the_scores():
    answers = np.array([0.25, 1.0])
    assert probabilities(answers, "") is answers
