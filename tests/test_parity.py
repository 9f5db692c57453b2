"""A deployment is compared with the trained model row by row, and held to both tolerances."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.parity import breach, mcnemar, parity

LABEL = np.array([0] * 100 + [1] * 100)
NATIVE = np.linspace(0, 1, 200)


def test_equal_scores_are_equal_in_everything():
    assert parity(LABEL, NATIVE, NATIVE) == {
        "agreement": 1.0,
        "fpr_change": 0.0,
        "auc_change": 0.0,
        "to_attack": 0,
        "to_benign": 0,
        "largest_score_change": 0.0,
    }


def test_turned_decisions_are_counted_by_side():
    deployed = NATIVE.copy()
    deployed[:3], deployed[150:155] = 0.9, 0.1
    found = parity(LABEL, NATIVE, deployed)
    assert found["agreement"] == pytest.approx(1 - 8 / 200)
    assert found["fpr_change"] == pytest.approx(0.03)
    assert (found["to_attack"], found["to_benign"]) == (3, 5)
    assert found["largest_score_change"] == pytest.approx(0.9)


def test_only_decisions_that_turned_wrong_are_counted():
    label, deployed = LABEL.copy(), NATIVE.copy()
    label[10], deployed[10] = 1, 0.9  # an attack that was missed
    label[150], deployed[150] = 0, 0.1  # a false alarm
    found = parity(label, NATIVE, deployed)
    assert (found["to_attack"], found["to_benign"]) == (0, 0)
    assert found["agreement"] == pytest.approx(1 - 2 / 200)


def test_classes_that_are_confused_among_attacks_disagree_though_the_alarm_is_the_same():
    native = np.array([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    deployed = native[:, [0, 2, 1]]
    found = parity(np.array([0, 1, 2]), native, deployed)
    assert found["agreement"] == pytest.approx(1 / 3)
    assert found["fpr_change"] == 0.0


def test_without_benign_rows_there_is_no_change_of_fpr_or_auc():
    found = parity(LABEL[100:], NATIVE[100:], NATIVE[100:])
    assert (found["fpr_change"], found["auc_change"]) == (None, None)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"agreement": 0.95, "fpr_change": 0.05}, ""),
        ({"agreement": 0.95, "fpr_change": None}, ""),
        (
            {"agreement": 0.9499, "fpr_change": 0.0},
            "on the target 95.0% of the decisions are those of the trained model, "
            "at least 95% are needed",
        ),
        (
            {"agreement": 0.99, "fpr_change": -0.0501},
            "the FPR on the target differs from the trained model's by -0.0501, "
            "at most 0.05 is allowed",
        ),
    ],
)
def test_each_tolerance_is_held_and_its_breach_is_told(found, reason):
    assert breach(found) == reason


def _turned(wrong: int, right: int, cluster=None) -> dict:
    """Test a deployment on which so many benign rows turn wrong, and so many attacks right."""
    native, deployed = np.where(LABEL, 0.9, 0.1), np.where(LABEL, 0.9, 0.1)
    native[100 : 100 + right] = 0.1
    deployed[:wrong] = 0.9
    return mcnemar(LABEL, native, deployed, np.arange(200) if cluster is None else cluster)


@pytest.mark.parametrize(
    ("wrong", "right", "p"),
    # Exact: twice the binomial tail, of 8 in 9 for one side 10 / 512.
    [(0, 0, 1.0), (1, 0, 1.0), (6, 0, 0.03125), (8, 1, 20 / 512), (1, 8, 20 / 512), (5, 5, 1.0)],
)
def test_mcnemar_is_exact_and_two_sided(wrong, right, p):
    found = _turned(wrong, right)
    assert (found["worse"], found["better"], found["clusters"]) == (wrong, right, 200)
    assert (found["rows_worse"], found["rows_better"]) == (wrong, right)
    assert found["p"] == pytest.approx(p)


def test_rows_of_one_cluster_turn_once():
    cluster = np.arange(200)
    cluster[:20] = 0
    found = _turned(20, 0, cluster)
    assert (found["worse"], found["rows_worse"], found["clusters"]) == (1, 20, 181)
    assert found["p"] == 1.0


def test_decisions_that_turn_both_ways_within_a_cluster_cancel_out():
    found = _turned(5, 5, np.zeros(200, dtype=np.int64))
    assert (found["worse"], found["better"]) == (0, 0)
    assert (found["rows_worse"], found["rows_better"]) == (5, 5)


def test_classes_that_are_confused_among_attacks_are_wrong_too():
    label = np.array([1, 1, 2, 2])
    native = np.eye(3)[label]
    deployed = np.eye(3)[[1, 2, 2, 2]]
    assert mcnemar(label, native, deployed, np.arange(4))["worse"] == 1
