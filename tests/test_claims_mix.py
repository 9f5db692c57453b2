"""What holds at any mix of the classes, and what a score means before balancing."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idsbench.claims_file import parse_claims
from idsbench.claims_mix import at_natural_mix, mix_of_accuracy, mix_of_precision, remarks
from idsbench.claims_solve import Bounds

FILE = """
claim = "x"
paper = "y"
unit = "percent"
{days}
[counts]
original = {{ attack = 1_000, benign = 9_000 }}
balanced = {{ attack = 1_000, benign = 1_000 }}
[[rows]]
name = "r"
counts = "{counts}"
scores = {{ {scores} }}
"""

shares = st.fractions(Fraction(1, 50), Fraction(49, 50))
small = st.fractions(0, Fraction(1, 50))


def _claim(scores: str, counts: str = "balanced", days: str = ""):
    (claim,) = parse_claims(FILE.format(scores=scores, counts=counts, days=days), "f")
    return claim


@given(shares, shares, shares, small)
def test_the_mix_that_made_the_scores_is_within_both_ranges(mix, recall, fpr, half):
    accuracy = mix * recall + (1 - mix) * (1 - fpr)
    precision = mix * recall / (mix * recall + (1 - mix) * fpr)
    around = {
        name: Bounds(name, value - half, value + half)
        for name, value in {
            **{"accuracy": accuracy, "recall": recall, "fpr": fpr, "precision": precision}
        }.items()
    }
    low, high = mix_of_accuracy(around["accuracy"], around["recall"], around["fpr"])
    assert low <= mix <= high
    low, high = mix_of_precision(around["precision"], around["recall"], around["fpr"])
    assert low <= mix <= high


@given(shares, st.fractions(Fraction(1, 50), Fraction(1, 3)), st.fractions(Fraction(2, 3), 1))
def test_exact_scores_leave_one_mix(mix, fpr, recall):
    exact = {"recall": Bounds("recall", recall, recall), "fpr": Bounds("fpr", fpr, fpr)}
    value = mix * recall + (1 - mix) * (1 - fpr)
    found = mix_of_accuracy(Bounds("accuracy", value, value), exact["recall"], exact["fpr"])
    assert found == (mix, mix) or recall == 1 - fpr
    value = mix * recall / (mix * recall + (1 - mix) * fpr)
    found = mix_of_precision(Bounds("precision", value, value), exact["recall"], exact["fpr"])
    assert found == (mix, mix)


def test_an_accuracy_above_recall_and_specificity_is_no_mix():
    claim = _claim("accuracy = 99.0, precision = 90.0, recall = 95.0, fpr = 4.0")
    expected = "at any mix accuracy lies between recall and 1 - FPR, and the printed one does not"
    assert expected in list(remarks(claim))


def test_an_accuracy_below_the_commoner_class_is_remarked():
    claim = _claim("accuracy = 89.9", counts="original")
    assert list(remarks(claim)) == ['accuracy 89.9 % is below always answering "benign" (90.00 %)']
    assert list(remarks(_claim("accuracy = 90.0", counts="original"))) == []


def test_what_fits_is_not_remarked():
    claim = _claim("accuracy = 97.50, precision = 97.98, recall = 97.00, fpr = 2.00")
    assert list(remarks(claim)) == []


def test_a_balanced_row_is_carried_to_the_mix_before():
    values = at_natural_mix(_claim("recall = 90, fpr = 10", days="days = 3"))
    assert values["precision_natural"] == pytest.approx(0.5)
    assert values["false_alarms"] == pytest.approx(900)
    assert values["false_alarms_per_day"] == pytest.approx(300)


def test_what_is_not_printed_or_not_known_is_none():
    values = at_natural_mix(_claim("fpr = 10"))
    assert (values["precision_natural"], values["false_alarms_per_day"]) == (None, None)
    assert at_natural_mix(_claim("recall = 90"))["false_alarms"] is None


def test_without_the_original_table_there_is_no_natural_mix():
    text = FILE.format(scores="recall = 90, fpr = 10", counts="balanced", days="days = 3")
    (claim,) = parse_claims(re.sub(r"original = .*\n", "", text), "f")
    assert set(at_natural_mix(claim).values()) == {None}


def test_a_precision_that_coarse_digits_allow_is_not_remarked():
    fine = "precision = 94.0, recall = 90.0, fpr = 5.74"
    coarse = "precision = 94, recall = 90, fpr = 5"  # 4.5 % to 5.5 % of 1,000 are false alarms
    assert list(remarks(_claim(fine))) == []
    assert list(remarks(_claim(coarse))) == []
    assert list(remarks(_claim(coarse.replace("94", "80")))) == [
        "at the counts given 50 false alarms against 900 hits is a precision of 94.74 %, printed 80 %"
    ]
