import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import thresholds
from idsbench.thresholds import auc_pr, auc_roc, least_threshold, operating_points, threshold

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

# Few distinct scores, so that ties are the rule.
SCORED = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({attack for attack, _ in rows}) == 2)


def _columns(rows):
    attack, score = zip(*rows, strict=True)
    return np.array(attack), np.array(score)


@unhurried
@given(SCORED)
def test_areas_agree_with_scikit_learn_with_ties(rows):
    sk = pytest.importorskip("sklearn.metrics")
    attack, score = _columns(rows)
    assert auc_roc(attack, score) == pytest.approx(sk.roc_auc_score(attack, score))
    assert auc_pr(attack, score) == pytest.approx(sk.average_precision_score(attack, score))


@unhurried
@given(SCORED)
def test_the_roc_area_is_the_share_of_pairs_in_the_right_order(rows):
    attack, score = _columns(rows)
    gap = score[attack][:, None] - score[~attack][None, :]
    assert auc_roc(attack, score) == pytest.approx(np.mean((gap > 0) + 0.5 * (gap == 0)))


@pytest.mark.parametrize("attack", [True, False])
def test_areas_are_none_with_one_class(attack):
    one_class = np.full(5, attack)
    assert auc_roc(one_class, np.linspace(0, 1, 5)) is None
    assert auc_pr(one_class, np.linspace(0, 1, 5)) is None


@unhurried
@given(SCORED, st.sampled_from([0.0, 0.01, 0.1, 1 / 3, 0.5, 1.0]))
def test_the_chosen_threshold_is_the_least_that_keeps_the_fpr(rows, alpha):
    attack, score = _columns(rows)
    allowed = [
        cut
        for cut in [*sorted(set(score.tolist())), float("inf")]
        if np.mean(score[~attack] >= cut) <= alpha
    ]
    assert least_threshold(attack, score, alpha) == allowed[0]


def test_exactly_one_alarm_in_a_hundred_is_within_one_percent():
    score = np.r_[np.zeros(990), np.full(10, 0.8)]
    assert threshold(np.zeros(1000, dtype=bool), score, 0.01) == 0.8
    score[0] = 0.8
    assert threshold(np.zeros(1000, dtype=bool), score, 0.01) == float("inf")


@pytest.mark.parametrize(("alpha", "enough"), [(0.01, 1_000), (0.001, 10_000)])
def test_no_threshold_is_chosen_on_too_few_benign_rows(alpha, enough):
    score = np.linspace(0, 1, enough)
    assert threshold(np.zeros(enough, dtype=bool), score, alpha) is not None
    one_attack = np.arange(enough) == 0
    assert threshold(one_attack, score, alpha) is None


def test_rates_are_none_for_a_class_without_rows():
    score = np.array([0.2, 0.7])
    assert thresholds.rates_at(np.array([True, True]), score, 0.5) == (0.5, None)
    assert thresholds.rates_at(np.array([False, False]), score, 0.7) == (None, 0.5)


def test_operating_points_come_from_validation_and_are_measured_on_test():
    valid = (np.arange(2000) >= 1000, np.r_[np.linspace(0, 0.5, 1000), np.full(1000, 0.9)])
    test = (
        np.array([False, False, False, False, True, True]),
        np.array([0.1, 0.2, 0.3, 0.496, 0.4, 0.8]),
    )
    points = {point["rule"]: point for point in operating_points(valid, test)}
    assert list(points) == ["fpr_1pct", "fpr_0_1pct", "oracle_fpr_1pct", "oracle_fpr_0_1pct"]
    chosen = points["fpr_1pct"]
    assert chosen["threshold"] == pytest.approx(valid[1][990])
    assert (chosen["tpr"], chosen["fpr"], chosen["oracle"]) == (0.5, 0.25, False)
    assert points["fpr_0_1pct"] == {
        "rule": "fpr_0_1pct",
        "oracle": False,
        "threshold": None,
        "tpr": None,
        "fpr": None,
        "reason": "validation holds 1000 benign rows, 10000 are needed",
    }
    best = points["oracle_fpr_1pct"]
    assert (best["threshold"], best["tpr"], best["fpr"]) == (0.8, 0.5, 0.0)
    assert best["oracle"] is True


def test_a_detector_that_cannot_keep_the_fpr_never_alarms_and_says_so():
    valid = (np.zeros(1000, dtype=bool), np.ones(1000))
    points = operating_points(valid, (np.array([True, False]), np.array([1.0, 1.0])))
    assert points[0] == {
        "rule": "fpr_1pct",
        "oracle": False,
        "threshold": None,
        "tpr": 0.0,
        "fpr": 0.0,
        "reason": "no score keeps the FPR low enough; the detector never alarms",
    }


def test_a_test_part_without_benign_rows_has_no_oracle_point():
    valid = (np.zeros(1000, dtype=bool), np.linspace(0, 1, 1000))
    points = operating_points(valid, (np.array([True]), np.array([0.995])))
    assert points[2]["reason"] == "the test part holds no benign row"
    assert (points[0]["tpr"], points[0]["fpr"]) == (1.0, None)
