"""Find every confusion matrix that gives the printed scores, by exact arithmetic on intervals.

All scores fall, or stay, as errors grow (`claims_scores`). So for a fixed number of false alarms
the missed attacks that fit are one interval, whose ends fall as false alarms grow. A range of
false alarms whose ends leave no room between them is skipped whole; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from idsbench.claims_scores import Ratio, Sizes, auc_least, auc_most, score

MOST_STEPS = 50_000
"""Ranges of false alarms looked at before the search is given up; the printed papers need few."""


@dataclass(frozen=True)
class Bounds:
    """Where the exact value of a printed score lies: `low` <= value <= `high`.

    An open end is not itself allowed.
    """

    name: str
    low: Fraction
    high: Fraction
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class Found:
    """The confusion matrices that fit.

    Args:
        matrices: how many; at least so many where the search was given up.
        false: least and greatest number of false alarms, None without a matrix.
        missed: least and greatest number of missed attacks, None without a matrix.
        complete: whether all were looked at; if not, no matrix found means nothing.
    """

    matrices: int
    false: tuple[int, int] | None
    missed: tuple[int, int] | None
    complete: bool


Test = Callable[[int, int], bool]


def solve(sizes: Sizes, scoring: str, printed: Sequence[Bounds], first: bool = False) -> Found:
    """Find the confusion matrices of a test set that give all printed scores.

    Args:
        sizes: attack and benign rows of the test set.
        scoring: one of `claims_scores.SCORINGS`.
        printed: what each score must lie within.
        first: stop at the first matrix.

    >>> half = Bounds("accuracy", Fraction(1, 2), Fraction(1, 2))
    >>> solve(Sizes(1, 1), "attack", [half])
    Found(matrices=2, false=(0, 1), missed=(0, 1), complete=True)
    """
    slices = _Slices(
        sizes, _good_enough(sizes, scoring, printed), _bad_enough(sizes, scoring, printed)
    )
    matrices = 0
    false: list[int] = []
    missed: list[int] = []
    for alarms, least, most in slices:
        matrices += most - least + 1
        false = [min([alarms, *false]), max([alarms, *false])]
        missed = [min([least, *missed]), max([most, *missed])]
        if first:
            break
    if not matrices:
        return Found(0, None, None, slices.complete)
    return Found(matrices, (false[0], false[1]), (missed[0], missed[1]), slices.complete)


class _Slices:
    """Iterate over (false alarms, least missed, most missed); `complete` is known at the end."""

    def __init__(self, sizes: Sizes, good: Test, bad: Test) -> None:
        self.sizes, self.good, self.bad = sizes, good, bad
        self.complete = True

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        attack, benign = self.sizes.attack, self.sizes.benign
        left = self._ends(0, (0, attack + 1), (-1, attack))
        right = self._ends(benign, (0, left[0]), (-1, left[1]))
        for alarms, ends in {0: left, benign: right}.items():
            if ends[0] <= ends[1]:
                yield alarms, *ends
        waiting = [(0, left, benign, right)]
        for _ in range(MOST_STEPS):
            if not waiting:
                return
            start, first, stop, last = waiting.pop()
            if stop - start < 2 or last[0] > first[1]:
                continue
            middle = (start + stop) // 2
            ends = self._ends(middle, (last[0], first[0]), (last[1], first[1]))
            if ends[0] <= ends[1]:
                yield middle, *ends
            waiting += [(start, first, middle, ends), (middle, ends, stop, last)]
        self.complete = not waiting

    def _ends(self, false: int, least: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
        """Give the least missed that is bad enough and the most that is still good enough.

        Both are known to lie within the pairs given. One beyond the range means: none is.
        """
        low, high = least
        while low < high:  # the least for which `bad` holds; attack + 1 if it never does
            middle = (low + high) // 2
            low, high = (low, middle) if self.bad(middle, false) else (middle + 1, high)
        start, (low, high) = low, most
        while low < high:  # the greatest for which `good` holds; -1 if it never does
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.good(middle, false) else (low, middle - 1)
        return start, low


def _good_enough(sizes: Sizes, scoring: str, printed: Sequence[Bounds]) -> Test:
    """Tell whether all scores reach their lower bounds."""

    def test(missed: int, false: int) -> bool:
        for one in printed:
            if one.name == "auc_roc":
                ratio = auc_most(sizes, missed, false)
            else:
                ratio = score(one.name, scoring, sizes, missed, false)
            low, is_open = _lower(one)
            if not _above(ratio, low, is_open):
                return False
        return True

    return test


def _bad_enough(sizes: Sizes, scoring: str, printed: Sequence[Bounds]) -> Test:
    """Tell whether no score passes its upper bound."""

    def test(missed: int, false: int) -> bool:
        for one in printed:
            if one.name == "auc_roc":
                ratio = auc_least(sizes, missed, false)
            else:
                ratio = score(one.name, scoring, sizes, missed, false)
            high, is_open = _upper(one)
            if not _above((-ratio[0], ratio[1]), -high, is_open):
                return False
        return True

    return test


def _lower(one: Bounds) -> tuple[Fraction, bool]:
    return (1 - one.high, one.high_open) if one.name == "fpr" else (one.low, one.low_open)


def _upper(one: Bounds) -> tuple[Fraction, bool]:
    return (1 - one.low, one.low_open) if one.name == "fpr" else (one.high, one.high_open)


def _above(ratio: Ratio, bound: Fraction, strictly: bool) -> bool:
    left, right = ratio[0] * bound.denominator, bound.numerator * ratio[1]
    return left > right if strictly else left >= right
