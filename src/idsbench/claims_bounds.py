"""Where the exact value behind a printed number lies, and how numbers are printed in sentences."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from idsbench.claims_file import Claim
from idsbench.claims_solve import Bounds

PRINTED = ("rounded", "cut")
"""How a paper's last digit may have come about; `rounded` is the plain one."""

NAMES = {
    "fpr": "FPR",
    "f1": "F1",
    "auc_roc": "AUC",
    "balanced_accuracy": "balanced accuracy",
}


def bounds_of(claim: Claim, name: str, printed: str = "rounded") -> Bounds:
    """Give the bounds of one score as fractions of 1.

    Rounded: half a unit of the last digit either way. Cut: from the number itself to the next one.

    Args:
        claim: the row that prints it.
        name: the metric.
        printed: one of `PRINTED`.
    """
    unit = unit_of(claim, name)
    value = Fraction(claim.scores[name]) / _scale(claim)
    if printed == "cut":
        return Bounds(name, value, value + unit, high_open=True)
    return Bounds(name, value - unit / 2, value + unit / 2)


def unit_of(claim: Claim, name: str) -> Fraction:
    """Give one unit of the last printed digit, as a fraction of 1."""
    return Fraction(1, 10 ** _digits(claim.scores[name])) / _scale(claim)


def said(claim: Claim, name: str) -> str:
    """Give a score with its name as the paper prints it.

    It ends without a full stop: "accuracy 99.88 %".
    """
    return f"{title(name)} {claim.scores[name]}{' %' if claim.percent else ''}"


def title(name: str) -> str:
    """Give a metric's name in a sentence."""
    return NAMES.get(name, name)


def shown(claim: Claim, name: str, value: Fraction) -> str:
    """Give a value in the unit of a printed score, with one digit more than it has."""
    digits = _digits(claim.scores[name]) + 1
    number = round(value * _scale(claim) * 10**digits)
    return f"{Decimal(number).scaleb(-digits):f}{' %' if claim.percent else ''}"


def _scale(claim: Claim) -> int:
    return 100 if claim.percent else 1


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
