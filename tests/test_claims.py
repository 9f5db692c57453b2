"""The two papers' rows get the verdicts that their own numbers imply, with the reason."""

from __future__ import annotations

import pytest

from idsbench import claims_solve
from idsbench.claims import check
from idsbench.claims_file import parse_claims
from idsbench.claims_published import shipped_claims


@pytest.fixture(scope="module")
def rows():
    """Check the four shipped rows once."""
    return {(row["claim"], row["row"]): row for row in map(check, shipped_claims())}


def test_there_are_the_four_rows_of_the_two_papers(rows):
    assert {key: row["verdict"] for key, row in rows.items()} == {
        ("paper-c", "balanced"): "consistent",
        ("paper-c", "imbalanced"): "impossible",
        ("paper-m", "balanced"): "conditional",
        ("paper-m", "imbalanced"): "impossible",
    }


def test_fifteen_readings_are_tried_and_each_has_its_own_result(rows):
    for row in rows.values():
        tried = {(one["test"], one["scores"]) for one in row["readings"]}
        assert len(tried) == len(row["readings"]) == 15
        assert all(bool(one["reason"]) != one["possible"] for one in row["readings"])


def test_impossible_means_under_every_reading(rows):
    for row in rows.values():
        possible = [one for one in row["readings"] if one["possible"]]
        assert (row["verdict"] == "impossible") == (not possible)
    assert rows["paper-m", "imbalanced"]["reading"] == "none of the 15 tried"


def test_paper_m_imbalanced_has_more_false_alarms_than_its_accuracy_leaves_errors(rows):
    assert rows["paper-m", "imbalanced"]["reason"].startswith(
        "On 585,710 attack and 40,073 benign rows, with FPR 4.75 % accuracy is at most 99.697 %, "
        "printed 99.88 % (4.75 % of the benign rows is already 0.30 % of all rows; accuracy 99.88 % "
        "leaves 0.12 %). "
    )


def test_paper_m_balanced_is_possible_only_weighted_at_the_original_mix(rows):
    row = rows["paper-m", "balanced"]
    assert row["reading"] == (
        "only if test set = 15 % at the original mix, precision, recall and F1 averaged by support"
    )
    (only,) = [one for one in row["readings"] if one["possible"]]
    assert (only["attack_rows"], only["benign_rows"]) == (87_857, 6_011)
    assert (only["false_alarms"], only["missed"]) == ((7, 7), (8, 16))
    assert "with FPR 0.12 % accuracy is at most 99.943 %, printed 99.98 %" in row["reason"]
    assert "Recall equals accuracy, the mark of averages weighted by support." in row["reason"]


def test_paper_c_imbalanced_is_refused_at_its_counts_and_at_any_mix(rows):
    reason = rows["paper-c", "imbalanced"]["reason"]
    for sentence in (
        "with FPR 1.39 % precision is at most 50.066 %, printed 94.20 %.",
        "At the counts given 165,628 false alarms against 152,479 hits is a precision of 47.93 %, "
        "printed 94.20 %.",
        "Accuracy = 1 - FPR forces recall = accuracy, but it is 92.15 %.",
        "No mix of the classes fits scores of the attack class: accuracy needs 0.00 % to 0.15 % of "
        "the test rows to be attacks, precision 19.61 % to 19.75 %.",
        'Accuracy 98.61 % is below always answering "benign" (98.63 %).',
    ):
        assert sentence in reason


def test_paper_c_balanced_is_told_at_the_natural_mix(rows):
    row = rows["paper-c", "balanced"]
    assert row["reading"] == "test set = the whole balanced table, scores of the attack class"
    assert row["reason"].endswith(
        "At the original mix (165,468 : 11,915,716) the same detector has a precision of 68 % and "
        "11,065 false alarms a day."
    )
    assert row["precision_natural"] == pytest.approx(0.68, abs=0.0005)
    assert row["false_alarms_per_day"] == pytest.approx(11_064.6, abs=0.05)


def test_the_library_agrees_wherever_it_knows_the_reading(rows):
    tried = [one for row in rows.values() for one in row["readings"]]
    asked = [one for one in tried if one["mlscorecheck"]]
    assert len(asked) == 24
    assert all((one["mlscorecheck"] == "consistent") == one["possible"] for one in asked)


ONE = """
claim = "x"
paper = "y"
unit = "percent"
counts.test = {{ attack = 100, benign = 100 }}
[[rows]]
name = "r"
scores = {{ {} }}
"""


def _check(scores: str) -> dict:
    (claim,) = parse_claims(ONE.format(scores), "f.toml")
    return check(claim)


def test_a_published_test_set_is_the_only_one_tried():
    row = _check("accuracy = 97.5, precision = 98.0, recall = 97.0, fpr = 2.0")
    assert (row["verdict"], len(row["readings"])) == ("consistent", 5)
    assert row["reading"] == "test set = the published test set, scores of the attack class"


def test_one_more_error_than_was_printed_is_impossible():
    row = _check("accuracy = 98.0, recall = 97.0, fpr = 2.0")
    assert row["verdict"] == "impossible"
    assert "accuracy 98.0 % recall is at least 98.00 %, printed 97.0 %" in row["reason"]


def test_a_number_that_was_cut_instead_of_rounded_is_conditional():
    (claim,) = parse_claims(
        ONE.replace("100, benign", "600, benign").format(
            "recall = 99.1, fpr = 2.0, accuracy = 99.0"
        ),
        "f.toml",
    )
    row = check(claim)  # 595 of 600 is 99.1666: rounded 99.2, cut 99.1; 594 is 99.0
    assert row["verdict"] == "conditional"
    assert row["reading"] == (
        "only if test set = the published test set, scores of the attack class, numbers cut instead "
        "of rounded"
    )


def test_a_score_that_no_count_gives_is_said_so():
    row = _check("recall = 99.41")
    assert row["reason"].startswith(
        "No confusion matrix of 100 attack and 100 benign rows gives recall 99.41 %."
    )


def test_an_area_under_the_curve_below_its_own_operating_point_is_impossible():
    row = _check("recall = 97.0, fpr = 2.0, auc_roc = 90.0")
    assert row["verdict"] == "impossible"
    assert "AUC is at least 95.06 %, printed 90.0 %" in row["reason"]


def test_a_reading_that_was_not_decided_keeps_a_row_from_being_impossible(monkeypatch):
    monkeypatch.setattr(claims_solve, "MOST_STEPS", 0)
    row = _check("recall = 52.41, precision = 50.32")
    assert {one["possible"] for one in row["readings"]} == {None}
    assert row["verdict"] == "conditional"
    assert "(not decided: too many confusion matrices)" in row["reading"]
