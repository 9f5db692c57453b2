import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import metrics
from idsbench.errors import CellError
from idsbench.intervals import cluster_bootstrap
from idsbench.values import Evidence

# Machines under load miss any deadline.
unhurried = settings(deadline=None, max_examples=40)

ROW_KEYS = {
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "mcc",
    "fpr",
    "fpr_low",
    "fpr_high",
    "fpr_interval",
    "n_benign",
    "n_benign_groups",
    "fpr_unseen",
    "recall_unseen",
    "seen_share",
    "fpr_real",
    "synthetic_share_benign",
    "leaked_rows",
    "auc_roc",
    "auc_pr",
    "tpr_at_fpr_1pct",
    "achieved_fpr_1pct",
    "tpr_at_fpr_0_1pct",
    "achieved_fpr_0_1pct",
    "accuracy_ceiling",
    "distinct_share",
    "false_alarms_per_day",
    "rows_test",
    "prevalence",
    "counts",
    "operating_points",
}


def _evidence(label, score, **arrays):
    """Evidence with as many validation rows as test rows, nothing seen, synthetic or leaked."""
    rows = len(label)
    codes = np.arange(rows)
    no = np.zeros(rows, dtype=bool)
    made = Evidence(
        valid_label=np.array(label, dtype=np.int16),
        valid_score=np.array(score, dtype=np.float64),
        valid_group=codes,
        test_row=codes.astype(np.uint64),
        test_vector=codes.astype(np.uint64),
        test_group=codes,
        test_label=np.array(label, dtype=np.int16),
        test_attack=np.array(label, dtype=np.int16),
        test_score=np.array(score, dtype=np.float64),
        test_seen=no,
        test_synthetic=no,
        test_parent_leaked=no,
    )
    return replace(made, **{name: np.array(value) for name, value in arrays.items()})


def _measure(evidence, group_name="stream", rate=None, weighted=False):
    return metrics.measure(
        evidence, cell="c0", group_name=group_name, benign_rows_per_day=rate, weighted=weighted
    )


LABEL = [0, 0, 0, 0, 0, 1, 1, 1]
SCORE = [0.1, 0.5, 0.2, 0.7, 0.49, 0.5, 0.9, 0.3]


def test_a_row_has_every_score_key_of_the_interface_and_no_other():
    assert set(_measure(_evidence(LABEL, SCORE))) == ROW_KEYS


def test_a_score_of_one_half_alarms():
    row = _measure(_evidence(LABEL, SCORE))
    assert row["counts"] == {"tp": 2, "fp": 2, "tn": 3, "fn": 1}
    assert (row["fpr"], row["accuracy"], row["precision"]) == (0.4, 0.625, 0.5)
    assert (row["rows_test"], row["prevalence"], row["n_benign"]) == (8, 0.375, 5)
    assert row["operating_points"][0] == {
        "rule": "decision",
        "oracle": False,
        "threshold": 0.5,
        "tpr": pytest.approx(2 / 3),
        "fpr": 0.4,
        "reason": None,
    }


def test_the_interval_resamples_the_benign_rows_groups_seeded_by_the_cell():
    rng = np.random.default_rng(2)
    label, alarm = rng.random(400) < 0.25, rng.random(400) < 0.1
    group = rng.permutation(np.arange(400) % 50)
    row = _measure(_evidence(label, alarm.astype(float), test_group=group))
    expected = cluster_bootstrap(alarm[~label], group[~label], "c0")
    assert (row["fpr_low"], row["fpr_high"]) == (expected.low, expected.high)
    assert (row["fpr_interval"], row["n_benign_groups"]) == ("cluster:stream", 50)


@pytest.mark.parametrize(
    ("group_name", "score", "said"),
    [("", SCORE, "cluster:vector"), ("stream", SCORE, "cluster:stream"), ("", [0] * 8, "wilson")],
)
def test_the_interval_says_what_it_rests_on(group_name, score, said):
    assert _measure(_evidence(LABEL, score), group_name=group_name)["fpr_interval"] == said


def test_unseen_rates_leave_out_rows_that_training_showed():
    seen = [True, True, False, False, False, True, False, False]
    row = _measure(_evidence(LABEL, SCORE, test_seen=seen))
    assert (row["fpr_unseen"], row["recall_unseen"]) == (pytest.approx(1 / 3), 0.5)
    assert (row["seen_share"], row["leaked_rows"]) == (0.375, 3)


def test_when_training_showed_every_row_unseen_rates_are_none():
    row = _measure(_evidence(LABEL, SCORE, test_seen=[True] * 8))
    assert (row["fpr_unseen"], row["recall_unseen"], row["seen_share"]) == (None, None, 1.0)


def test_the_real_fpr_leaves_out_synthetic_rows():
    made = [False, True, False, False, True, False, False, True]
    row = _measure(_evidence(LABEL, SCORE, test_synthetic=made))
    assert (row["fpr"], row["fpr_real"]) == (0.4, pytest.approx(1 / 3))
    assert row["synthetic_share_benign"] == 0.4


def test_without_synthetic_rows_the_real_fpr_is_the_fpr():
    row = _measure(_evidence(LABEL, SCORE))
    assert row["fpr_real"] == row["fpr"]
    assert row["synthetic_share_benign"] == 0.0


def test_when_every_benign_row_is_synthetic_the_real_fpr_is_none():
    row = _measure(_evidence(LABEL, SCORE, test_synthetic=np.array(LABEL) == 0))
    assert (row["fpr_real"], row["synthetic_share_benign"]) == (None, 1.0)


def test_leaked_rows_count_real_seen_rows_and_rows_with_leaked_parents_once():
    row = _measure(
        _evidence(
            LABEL,
            SCORE,
            test_seen=np.ones(8) == [1, 1, 1, 0, 0, 0, 0, 0],
            test_synthetic=np.ones(8) == [0, 0, 1, 1, 0, 0, 0, 0],
            test_parent_leaked=np.ones(8) == [1, 0, 0, 1, 0, 0, 0, 1],
        )
    )
    # Rows 0 and 1 are real and seen, 3 and 7 have leaked parents; row 2 is synthetic and only seen.
    assert row["leaked_rows"] == 4


def test_ceiling_and_distinct_share_come_from_test_vectors_and_labels():
    row = _measure(_evidence(LABEL, SCORE, test_vector=np.uint64([1, 1, 1, 1, 1, 1, 1, 9])))
    assert (row["accuracy_ceiling"], row["distinct_share"]) == (0.75, 0.25)


def test_false_alarms_per_day_need_the_daily_benign_rows():
    assert _measure(_evidence(LABEL, SCORE))["false_alarms_per_day"] is None
    assert _measure(_evidence(LABEL, SCORE), rate=1000.0)["false_alarms_per_day"] == 400.0


def test_rates_at_a_validation_threshold_are_measured_on_test_rows():
    valid = {
        "valid_label": np.zeros(1000, dtype=np.int16),
        "valid_score": np.linspace(0, 0.5, 1000),
    }
    row = _measure(_evidence(LABEL, SCORE, **valid))
    assert row["tpr_at_fpr_1pct"] == pytest.approx(2 / 3)
    assert row["achieved_fpr_1pct"] == 0.4
    assert row["tpr_at_fpr_0_1pct"] is None
    assert row["achieved_fpr_0_1pct"] is None


def test_few_validation_rows_leave_the_thresholded_scores_none():
    row = _measure(_evidence(LABEL, SCORE))
    assert row["tpr_at_fpr_1pct"] is None
    assert row["operating_points"][1]["reason"] == "validation holds 5 benign rows, 1000 are needed"


def test_without_benign_test_rows_nothing_is_said_of_false_alarms():
    row = _measure(_evidence([1, 1], [0.2, 0.8]), rate=10.0)
    missing = {key for key in ROW_KEYS if row[key] is None}
    assert missing == {
        *("balanced_accuracy", "mcc", "fpr", "fpr_low", "fpr_high", "fpr_interval", "fpr_unseen"),
        *("fpr_real", "synthetic_share_benign", "auc_roc", "auc_pr", "false_alarms_per_day"),
        *("tpr_at_fpr_1pct", "achieved_fpr_1pct", "tpr_at_fpr_0_1pct", "achieved_fpr_0_1pct"),
    }
    assert (row["n_benign"], row["n_benign_groups"], row["recall"]) == (0, 0, 0.5)


def test_weighted_scores_are_added_only_on_request():
    plain, weighted = (_measure(_evidence(LABEL, SCORE), weighted=flag) for flag in (False, True))
    added = set(weighted) - set(plain)
    assert added == {"precision_weighted", "recall_weighted", "f1_weighted"}
    assert weighted["recall_weighted"] == weighted["accuracy"]


MULTI_LABEL = [0, 0, 1, 1, 2, 2]
MULTI_SCORE = [
    [0.6, 0.3, 0.1],
    [0.45, 0.3, 0.25],
    [0.4, 0.35, 0.25],
    [0.1, 0.3, 0.6],
    [0.1, 0.1, 0.8],
    [0.3, 0.6, 0.1],
]


def test_multi_class_rates_collapse_to_attack_against_benign_by_the_largest_score():
    row = _measure(_evidence(MULTI_LABEL, MULTI_SCORE))
    # Row 2 has p(attack) = 0.6, yet its largest score is benign: it does not alarm.
    assert row["counts"] == {"tp": 3, "fp": 0, "tn": 2, "fn": 1}
    assert row["accuracy"] == 0.5
    assert row["recall"] == 0.75
    assert row["operating_points"][0]["rule"] == "argmax"
    assert row["operating_points"][0]["threshold"] is None


def test_multi_class_scores_agree_with_scikit_learn():
    sk = pytest.importorskip("sklearn.metrics")
    row = _measure(_evidence(MULTI_LABEL, MULTI_SCORE))
    score, label = np.array(MULTI_SCORE), np.array(MULTI_LABEL)
    decided = score.argmax(axis=1)
    assert row["macro_f1"] == pytest.approx(sk.f1_score(label, decided, average="macro"))
    assert row["auc_roc"] == pytest.approx(sk.roc_auc_score(label != 0, 1 - score[:, 0]))
    expected = sk.precision_recall_fscore_support(label, decided, zero_division=0.0)
    for code, one in enumerate(row["per_class"]):
        assert (one["class"], one["support"]) == (code, expected[3][code])
        assert one["precision"] == pytest.approx(expected[0][code])
        assert one["recall"] == pytest.approx(expected[1][code])
        assert one["f1"] == pytest.approx(expected[2][code])
        area = sk.roc_auc_score(label == code, score[:, code])
        assert one["auc_roc"] == pytest.approx(area)


def test_a_class_that_neither_occurs_nor_is_decided_does_not_count_in_macro_f1():
    wide = np.c_[np.array(MULTI_SCORE), np.zeros(6)]
    row = _measure(_evidence(MULTI_LABEL, wide))
    assert row["per_class"][3]["f1"] is None
    assert row["macro_f1"] == _measure(_evidence(MULTI_LABEL, MULTI_SCORE))["macro_f1"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (
            {"test_score": [np.nan, np.inf, -np.inf, *SCORE[3:]]},
            "the model gave 3 of 8 test scores that are not numbers",
        ),
        (
            {"valid_score": [-0.1, 1.5, *SCORE[2:]]},
            "the model gave 2 of 8 validation scores outside the range from 0 to 1",
        ),
        (
            {"test_score": SCORE[:3]},
            "the model gave test scores of shape (3,) for 8 rows; (8,) or (8, classes) is needed",
        ),
        (
            {"test_score": np.zeros((8, 2, 1))},
            "the model gave test scores of shape (8, 2, 1) for 8 rows; "
            "(8,) or (8, classes) is needed",
        ),
        (
            {"test_label": [0, 1, 2, 3, 0, 0, 0, 0]},
            "the test labels go from 0 to 3, but the model scores 2 classes",
        ),
        (
            {name: [] for name in ("test_label", "test_score")},
            "there are no test rows to score; choose a protocol that leaves some",
        ),
    ],
    ids=["not numbers", "out of range", "too few", "too many axes", "labels", "no rows"],
)
def test_scores_that_cannot_be_measured_are_refused_in_one_sentence(broken, said):
    with pytest.raises(CellError, match=f"^{re.escape(said)}$"):
        _measure(_evidence(LABEL, SCORE, **broken))


def test_a_row_of_class_scores_with_two_wrong_numbers_counts_once():
    score = np.array(MULTI_SCORE)
    score[4, :2] = np.nan
    said = "the model gave 1 of 6 test scores that are not numbers"
    with pytest.raises(CellError, match=f"^{said}$"):
        _measure(_evidence(MULTI_LABEL, MULTI_SCORE, test_score=score))


ROWS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.floats(0, 1),
        st.integers(0, 3),
        st.tuples(st.booleans(), st.booleans(), st.booleans()),
    ),
    min_size=1,
    max_size=40,
)


def _from_rows(rows):
    label, score, group, marks = zip(*rows, strict=True)
    seen, synthetic, leaked = (np.array(mark) for mark in zip(*marks, strict=True))
    return _evidence(
        label,
        score,
        test_group=group,
        test_vector=np.array(group, dtype=np.uint64),
        test_seen=seen,
        test_synthetic=synthetic,
        test_parent_leaked=leaked,
    )


@unhurried
@given(ROWS)
def test_every_value_is_a_json_number_within_its_bounds_or_none(rows):
    row = _measure(_from_rows(rows), rate=5.0, weighted=True)
    json.dumps(row, allow_nan=False)
    for key, value in row.items():
        if isinstance(value, float) and key not in ("mcc", "false_alarms_per_day"):
            assert 0.0 <= value <= 1.0, key
    if row["fpr"] is not None:
        assert row["fpr_low"] <= row["fpr"] <= row["fpr_high"]
        assert row["accuracy"] <= 1.0


@unhurried
@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert _measure(_from_rows(rows)) == _measure(_from_rows(shuffled))


def test_the_same_scores_for_every_row_are_constant():
    assert metrics.is_constant(np.full((3, 2), 0.5))
    assert metrics.is_constant(np.array([0.1]))
    assert not metrics.is_constant(np.array([0.1, 0.1, 0.2]))


def test_precision_falls_with_prevalence_and_needs_an_alarm():
    assert metrics.precision_at(1.0, 0.0, 0.001) == 1.0
    assert metrics.precision_at(0.5, 0.5, 0.2) == pytest.approx(0.2)
    assert metrics.precision_at(0.0, 0.0, 0.5) is None
