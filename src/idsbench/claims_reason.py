"""Which printed numbers contradict each other, and by how much, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from idsbench.claims_bounds import bounds_of, said, shown, title, unit_of
from idsbench.claims_file import Claim
from idsbench.claims_scores import METRICS, Sizes
from idsbench.claims_solve import Bounds, solve


def contradiction(claim: Claim, sizes: Sizes, scoring: str) -> str:
    """Name the fewest printed scores that contradict each other, and the limit that is broken.

    Among equally few, those that come first in `METRICS`. Scores that no confusion matrix of this
    size happens to give, without one being too high or too low, are named only where nothing else
    can be said. Empty when all scores go together.
    """
    names = [name for name in METRICS if name in claim.scores]
    sets = [some for count in range(1, len(names) + 1) for some in combinations(names, count)]
    unlucky = ""
    for some in sets:
        found = solve(sizes, scoring, [bounds_of(claim, one) for one in some], first=True)
        if found.matrices or not found.complete:
            continue
        limit = _limit(claim, (sizes, scoring), some[:-1], some[-1]) if len(some) > 1 else ""
        if limit:
            return _broken_limit(claim, (sizes, scoring), some, limit)
        joined = " and ".join(said(claim, name) for name in some)
        unlucky = unlucky or f"no confusion matrix of {_rows(sizes)} gives {joined}"
    return unlucky


def _broken_limit(claim: Claim, case: tuple[Sizes, str], names: Sequence[str], limit: str) -> str:
    """Say between which limits the last score must be, given the others."""
    sizes, scoring = case
    *others, target = names
    given = " and ".join(said(claim, name) for name in others)
    text = f"on {_rows(sizes)}, with {given} {title(target)} is {limit}, printed {_value(claim, target)}"
    if tuple(names) == ("fpr", "accuracy") and scoring != "swapped":
        text += f" ({_share_of_errors(claim, sizes)})"
    return text


def _rows(sizes: Sizes) -> str:
    return f"{sizes.attack:,} attack and {sizes.benign:,} benign rows"


def _value(claim: Claim, name: str) -> str:
    return said(claim, name).removeprefix(f"{title(name)} ")


def _share_of_errors(claim: Claim, sizes: Sizes) -> str:
    """Set the benign rows that alarm against all errors that the accuracy leaves."""
    wrong = float(claim.value("fpr") * sizes.benign / sizes.rows)
    left = float(1 - claim.value("accuracy"))
    return (
        f"{_value(claim, 'fpr')} of the benign rows is already {wrong * 100:.2f} % of all rows; "
        f"{said(claim, 'accuracy')} leaves {left * 100:.2f} %"
    )


def _limit(claim: Claim, case: tuple[Sizes, str], others: Sequence[str], target: str) -> str:
    """Give "at most …" or "at least …"; empty when the score may lie on both sides of the printed."""
    sizes, scoring = case
    given = [bounds_of(claim, name) for name in others]
    own, unit = bounds_of(claim, target), unit_of(claim, target) / 10

    def reaches(low: Fraction, high: Fraction, ends: tuple[bool, bool] = (False, False)) -> bool:
        asked = [*given, Bounds(target, low, high, *ends)]
        return solve(sizes, scoring, asked, first=True).matrices > 0

    below, above = reaches(Fraction(0), own.low), reaches(own.high, Fraction(1))
    if below == above:
        return ""
    # One digit more than printed: a limit half a digit away must not look like the printed value.
    low, high = (0, int(own.low // unit) + 1) if below else (int(own.high // unit), int(1 // unit))
    while high - low > 1:  # the limit lies between low and high units of the last digit
        middle = (low + high) // 2
        if below:
            beyond = reaches(middle * unit, own.low, (True, False))
        else:
            beyond = not reaches(own.high, middle * unit, (False, True))
        low, high = (middle, high) if beyond else (low, middle)
    if below:
        return f"at most {shown(claim, target, high * unit)}"
    return f"at least {shown(claim, target, low * unit)}"
