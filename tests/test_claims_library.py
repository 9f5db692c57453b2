"""mlscorecheck is asked what it knows, never contradicts a matrix that exists, and keeps quiet."""

from __future__ import annotations

import logging

from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.claims_file import Claim, parse_claims
from idsbench.claims_library import second_opinion
from idsbench.claims_scores import Sizes


def _claim(scores: str) -> Claim:
    text = (
        'claim = "x"\npaper = "y"\nunit = "fraction"\ncounts.test = { attack = 1, benign = 1 }\n'
        f'[[rows]]\nname = "r"\nscores = {{ {scores} }}\n'
    )
    return parse_claims(text, "f")[0]


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 300), st.integers(20, 300), st.data())
def test_scores_of_a_real_matrix_are_consistent(attack, benign, data):
    missed = data.draw(st.integers(1, attack - 1))
    false = data.draw(st.integers(1, benign - 1))
    hits = attack - missed
    claim = _claim(
        f"accuracy = {1 - (missed + false) / (attack + benign):.4f}, "
        f"precision = {hits / (hits + false):.4f}, recall = {hits / attack:.4f}, "
        f"f1 = {2 * hits / (2 * hits + false + missed):.4f}, fpr = {false / benign:.4f}"
    )
    assert second_opinion(claim, "attack", Sizes(attack, benign), "rounded") == "consistent"


def test_a_contradiction_is_seen_by_it_too():
    claim = _claim("accuracy = 0.99, recall = 0.99, fpr = 0.20")
    assert second_opinion(claim, "attack", Sizes(100, 100), "rounded") == "inconsistent"


def test_swapped_classes_are_put_to_it_as_such():
    claim = _claim("accuracy = 0.90, recall = 0.95, fpr = 0.20")
    assert second_opinion(claim, "swapped", Sizes(100, 200), "rounded") == "consistent"
    assert second_opinion(claim, "attack", Sizes(100, 200), "rounded") == "inconsistent"


def test_averages_over_classes_are_not_put_to_it():
    claim = _claim("accuracy = 0.99")
    assert second_opinion(claim, "macro", Sizes(100, 100), "rounded") is None
    assert second_opinion(claim, "normal", Sizes(100, 100), "rounded") is None


def test_it_is_not_asked_to_count_through_millions_of_rows():
    claim = _claim("accuracy = 0.99, recall = 0.99")
    assert second_opinion(claim, "attack", Sizes(10**7, 10**7), "rounded") is None


def test_it_logs_nothing_and_its_logger_is_left_as_it_was(caplog):
    caplog.set_level(logging.DEBUG)
    claim = _claim("accuracy = 0.99, recall = 0.99, fpr = 0.20")
    second_opinion(claim, "attack", Sizes(100, 100), "rounded")
    assert caplog.records == []
    assert not logging.getLogger("mlscorecheck").disabled
