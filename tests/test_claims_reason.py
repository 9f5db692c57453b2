"""The contradiction that is told is the smallest, and its limit is exact."""

from __future__ import annotations

from idsbench.claims_file import Claim, parse_claims
from idsbench.claims_reason import contradiction
from idsbench.claims_scores import Sizes


def _claim(scores: str) -> Claim:
    text = (
        'claim = "x"\npaper = "y"\nunit = "percent"\ncounts.test = { attack = 1, benign = 1 }\n'
        f'[[rows]]\nname = "r"\nscores = {{ {scores} }}\n'
    )
    return parse_claims(text, "f")[0]


def test_false_alarms_beyond_all_errors_are_set_against_the_accuracy():
    claim = _claim("accuracy = 99.0, recall = 99.0, fpr = 10.0")
    assert contradiction(claim, Sizes(100, 100), "attack") == (
        "on 100 attack and 100 benign rows, with FPR 10.0 % accuracy is at most 95.00 %, printed "
        "99.0 % (10.0 % of the benign rows is already 5.00 % of all rows; accuracy 99.0 % leaves "
        "1.00 %)"
    )


def test_three_numbers_are_named_where_any_two_go_together():
    claim = _claim("accuracy = 98.0, recall = 97.0, fpr = 2.0")
    assert contradiction(claim, Sizes(100, 100), "attack") == (
        "on 100 attack and 100 benign rows, with FPR 2.0 % and accuracy 98.0 % recall is at least "
        "98.00 %, printed 97.0 %"
    )


def test_a_score_of_no_count_is_named_where_nothing_else_can_be_said():
    assert contradiction(_claim("recall = 99.41"), Sizes(100, 100), "attack") == (
        "no confusion matrix of 100 attack and 100 benign rows gives recall 99.41 %"
    )


def test_a_score_of_no_count_gives_way_to_a_limit():
    claim = _claim("recall = 99.41, precision = 50.0, accuracy = 90.0")
    told = contradiction(claim, Sizes(100, 100), "attack")
    assert told == (
        "on 100 attack and 100 benign rows, with accuracy 90.0 % precision is at least 83.33 %, "
        "printed 50.0 %"
    )


def test_numbers_that_go_together_have_no_contradiction():
    claim = _claim("accuracy = 97.5, recall = 97.0, fpr = 2.0")
    assert contradiction(claim, Sizes(100, 100), "attack") == ""
