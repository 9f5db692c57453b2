"""Scores as exact fractions agree with the scores of the rest of the house."""

from __future__ import annotations

from fractions import Fraction

import pytest

from idsbench import rates
from idsbench.claims_scores import Sizes, score
from idsbench.rates import Counts

SIZES = Sizes(attack=9, benign=7)
MATRICES = [(missed, false) for missed in range(10) for false in range(8)]


def _counts(missed: int, false: int) -> Counts:
    return Counts(tp=9 - missed, fp=false, tn=7 - false, fn=missed)


def _turned(missed: int, false: int) -> Counts:
    return Counts(tp=7 - false, fp=missed, tn=9 - missed, fn=false)


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "f1", "balanced_accuracy"])
@pytest.mark.parametrize(("scoring", "counts"), [("attack", _counts), ("swapped", _turned)])
def test_scores_of_one_class_are_those_of_the_four_counts(name, scoring, counts):
    for missed, false in MATRICES:
        expected = getattr(rates, name)(counts(missed, false)) or 0.0
        found = Fraction(*score(name, scoring, SIZES, missed, false))
        assert float(found) == pytest.approx(expected)


def test_the_normal_class_leaves_the_false_positive_rate_where_it_was():
    assert score("fpr", "normal", SIZES, 2, 3) == score("fpr", "attack", SIZES, 2, 3) == (4, 7)
    assert score("fpr", "swapped", SIZES, 2, 3) == (7, 9)
    assert score("recall", "normal", SIZES, 2, 3) == (4, 7)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_weighted_scores_are_those_of_support_weighting(name):
    for missed, false in [(0, 0), (1, 2), (4, 0), (8, 6)]:
        expected = rates.support_weighted(_counts(missed, false))[f"{name}_weighted"]
        assert float(Fraction(*score(name, "weighted", SIZES, missed, false))) == pytest.approx(
            expected
        )


def test_weighted_recall_is_accuracy():
    for missed, false in MATRICES:
        recall = Fraction(*score("recall", "weighted", SIZES, missed, false))
        assert recall == Fraction(*score("accuracy", "attack", SIZES, missed, false))


def test_a_macro_score_is_the_mean_of_both_classes():
    parts = [Fraction(*score("f1", one, SIZES, 2, 3)) for one in ("attack", "normal")]
    assert Fraction(*score("f1", "macro", SIZES, 2, 3)) == sum(parts) / 2


def test_a_share_of_nothing_is_zero():
    assert score("precision", "attack", SIZES, 9, 0) == (0, 1)
