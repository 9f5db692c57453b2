"""A printed number stands for the values that rounding, or cutting, turns into it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from idsbench.claims_bounds import bounds_of, said, shown, unit_of
from idsbench.claims_file import Claim, parse_claims
from idsbench.claims_solve import Bounds


def _claim(number: str, unit: str = "percent") -> Claim:
    text = (
        f'claim = "x"\npaper = "y"\nunit = "{unit}"\ncounts.test = {{ attack = 1, benign = 1 }}\n'
        f'[[rows]]\nname = "r"\nscores = {{ f1 = {number} }}\n'
    )
    return parse_claims(text, "f")[0]


@pytest.mark.parametrize(
    ("number", "unit", "low", "high"),
    [
        ("94.20", "percent", "0.94195", "0.94205"),
        ("94.2", "percent", "0.9415", "0.9425"),
        ("94", "percent", "0.935", "0.945"),
        ("0.942", "fraction", "0.9415", "0.9425"),
        ("9.42e-1", "fraction", "0.9415", "0.9425"),
    ],
)
def test_a_rounded_number_is_half_a_unit_of_its_last_digit_wide(number, unit, low, high):
    expected = Bounds("f1", Fraction(low), Fraction(high))
    assert bounds_of(_claim(number, unit), "f1") == expected


def test_a_cut_number_begins_at_itself_and_ends_before_the_next():
    expected = Bounds("f1", Fraction("0.942"), Fraction("0.9421"), high_open=True)
    assert bounds_of(_claim("94.20"), "f1", "cut") == expected


def test_numbers_are_said_as_they_are_printed():
    assert (said(_claim("94.20"), "f1"), said(_claim("0.942", "fraction"), "f1")) == (
        "F1 94.20 %",
        "F1 0.942",
    )
    assert shown(_claim("94.20"), "f1", Fraction(1, 2)) == "50.000 %"
    assert unit_of(_claim("94.20"), "f1") == Fraction(1, 10_000)
