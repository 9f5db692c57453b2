"""Scores as exact fractions of whole numbers, under each reading of "precision" and "recall".

A confusion matrix is (missed, false): attack rows that stay silent and benign rows that alarm.
Every score here falls, or stays, when either of them grows; `claims_solve` rests on that. The
false-positive rate grows, and is therefore looked at as its complement, the specificity. A share
of nothing counts as 0, as scikit-learn counts it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Ratio = tuple[int, int]
"""Numerator and denominator, not reduced; the denominator is above 0."""


@dataclass(frozen=True)
class Sizes:
    """How many attack and benign rows a test set has."""

    attack: int
    benign: int

    @property
    def rows(self) -> int:
        """All rows."""
        return self.attack + self.benign


SCORINGS: Mapping[str, str] = MappingProxyType(
    {
        "attack": "scores of the attack class",
        "normal": "precision, recall and F1 of the normal class",
        "swapped": "normal taken for the positive class, also in the false-positive rate",
        "macro": "precision, recall and F1 averaged over the two classes",
        "weighted": "precision, recall and F1 averaged by support",
    }
)
"""The readings of whose scores are printed, each in words; `attack` is the plain one."""

METRICS = (
    "fpr",
    "specificity",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "balanced_accuracy",
    "auc_roc",
)
"""The metrics that can be checked, in the order in which contradictions are told."""


def score(name: str, scoring: str, sizes: Sizes, missed: int, false: int) -> Ratio:
    """Give one of `METRICS` but `auc_roc`; for `fpr` its complement.

    >>> score("accuracy", "attack", Sizes(10, 10), 1, 2), score("fpr", "attack", Sizes(4, 10), 1, 2)
    ((17, 20), (8, 10))
    """
    attack, benign = (sizes.attack, missed, false), (sizes.benign, false, missed)
    if name == "accuracy":
        return _ratio(sizes.rows - missed - false, sizes.rows)
    if name in ("fpr", "specificity"):
        return _recall(*(attack if scoring == "swapped" else benign))
    if name == "balanced_accuracy":
        return _mean(_recall(*attack), 1, _recall(*benign), 1)
    one = _OF_ONE_CLASS[name]
    if scoring in ("macro", "weighted"):
        weights = (sizes.attack, sizes.benign) if scoring == "weighted" else (1, 1)
        return _mean(one(*attack), weights[0], one(*benign), weights[1])
    return one(*(attack if scoring == "attack" else benign))


def auc_least(sizes: Sizes, missed: int, false: int) -> Ratio:
    """Give the least area under a ROC curve that passes through this confusion matrix.

    The curve rises from (0, 0) to the matrix's point and to (1, 1); the least one is a staircase.

    >>> auc_least(Sizes(10, 10), 1, 2)
    (72, 100)
    """
    hits, quiet = sizes.attack - missed, sizes.benign - false
    return _ratio(hits * quiet, sizes.attack * sizes.benign)


def auc_most(sizes: Sizes, missed: int, false: int) -> Ratio:
    """Give the greatest area under a ROC curve that passes through this confusion matrix.

    >>> auc_most(Sizes(10, 10), 1, 2)
    (98, 100)
    """
    pairs = sizes.attack * sizes.benign
    return _ratio(pairs - missed * false, pairs)


def _ratio(part: int, whole: int) -> Ratio:
    return (part, whole) if whole else (0, 1)


def _precision(rows: int, lost: int, wrong: int) -> Ratio:
    """`rows` of the class, `lost` of them called the other, `wrong` rows of the other called it."""
    return _ratio(rows - lost, rows - lost + wrong)


def _recall(rows: int, lost: int, wrong: int) -> Ratio:
    return _ratio(rows - lost, rows)


def _f1(rows: int, lost: int, wrong: int) -> Ratio:
    return _ratio(2 * (rows - lost), 2 * rows - lost + wrong)


def _mean(first: Ratio, weight: int, second: Ratio, other: int) -> Ratio:
    upper = weight * first[0] * second[1] + other * second[0] * first[1]
    return upper, (weight + other) * first[1] * second[1]


_OF_ONE_CLASS: Mapping[str, Callable[[int, int, int], Ratio]] = MappingProxyType(
    {"precision": _precision, "recall": _recall, "f1": _f1}
)
