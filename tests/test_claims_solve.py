"""The search finds exactly the confusion matrices that going through all of them finds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import claims_solve
from idsbench.claims_scores import METRICS, SCORINGS, Sizes, auc_least, auc_most, score
from idsbench.claims_solve import Bounds, Found, solve

DIRECT = [name for name in METRICS if name != "auc_roc"]
counts = st.integers(1, 12)


def _value(name: str, scoring: str, sizes: Sizes, missed: int, false: int) -> Fraction:
    value = Fraction(*score(name, scoring, sizes, missed, false))
    return 1 - value if name == "fpr" else value


def _fits(bounds: Bounds, scoring: str, sizes: Sizes, missed: int, false: int) -> bool:
    if bounds.name == "auc_roc":
        low = Fraction(*auc_least(sizes, missed, false))
        high = Fraction(*auc_most(sizes, missed, false))
    else:
        low = high = _value(bounds.name, scoring, sizes, missed, false)
    above = high > bounds.low if bounds.low_open else high >= bounds.low
    below = low < bounds.high if bounds.high_open else low <= bounds.high
    return above and below


def _all(sizes: Sizes, scoring: str, printed: list[Bounds]) -> Found:
    fit = [
        (missed, false)
        for missed in range(sizes.attack + 1)
        for false in range(sizes.benign + 1)
        if all(_fits(one, scoring, sizes, missed, false) for one in printed)
    ]
    if not fit:
        return Found(0, None, None, True)
    missed, false = zip(*fit, strict=True)
    return Found(len(fit), (min(false), max(false)), (min(missed), max(missed)), True)


@st.composite
def problems(draw):
    """Draw sizes, a scoring, and bounds around the scores of one confusion matrix."""
    sizes = Sizes(draw(counts), draw(counts))
    scoring = draw(st.sampled_from(list(SCORINGS)))
    missed, false = draw(st.integers(0, sizes.attack)), draw(st.integers(0, sizes.benign))
    printed = []
    for name in draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True)):
        middle = (
            Fraction(*auc_least(sizes, missed, false))
            if name == "auc_roc"
            else _value(name, scoring, sizes, missed, false)
        )
        middle += Fraction(draw(st.sampled_from([0, 0, 1, -1, 7])), 100)
        half = Fraction(1, draw(st.sampled_from([4, 20, 200, 20_000])))
        ends = (draw(st.booleans()), draw(st.booleans()))
        printed.append(Bounds(name, middle - half, middle + half, *ends))
    return sizes, scoring, printed


@settings(max_examples=300, deadline=None)
@given(problems())
def test_the_search_finds_what_going_through_all_matrices_finds(problem):
    sizes, scoring, printed = problem
    assert solve(sizes, scoring, printed) == _all(sizes, scoring, printed)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_stopping_at_the_first_matrix_tells_whether_there_is_one(problem):
    sizes, scoring, printed = problem
    first = solve(sizes, scoring, printed, first=True)
    assert bool(first.matrices) == bool(_all(sizes, scoring, printed).matrices)


@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize("name", DIRECT)
def test_no_score_rises_with_another_error(scoring, name):
    sizes = Sizes(6, 5)
    values = {
        (missed, false): Fraction(*score(name, scoring, sizes, missed, false))
        for missed in range(7)
        for false in range(6)
    }
    for (missed, false), value in values.items():
        assert values.get((missed + 1, false), Fraction(0)) <= value
        assert values.get((missed, false + 1), Fraction(0)) <= value


def test_millions_of_rows_are_no_matter_of_millions_of_steps(monkeypatch):
    monkeypatch.setattr(claims_solve, "MOST_STEPS", 5_000)
    near = Fraction(1, 20_000)
    accuracy = Bounds("accuracy", Fraction(99, 100) - near, Fraction(99, 100) + near)
    fpr = Bounds("fpr", Fraction(5, 1000) - near, Fraction(5, 1000) + near)
    found = solve(Sizes(10**7, 10**7), "attack", [accuracy, fpr])
    assert found.complete
    assert found.false == (49_500, 50_500)
    assert found.missed == (148_500, 151_500)


def test_a_search_that_is_given_up_says_so(monkeypatch):
    monkeypatch.setattr(claims_solve, "MOST_STEPS", 3)
    half = Bounds("accuracy", Fraction(1, 2), Fraction(1, 2))
    assert not solve(Sizes(1000, 1000), "attack", [half]).complete
