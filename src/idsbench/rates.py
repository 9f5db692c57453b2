"""Scores that are read from four counts: alarms and silences on attack and benign rows.

Positive means attack; all scores are fractions. What is undefined (precision when nothing alarms)
is None, never 0.0 or NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """Alarms and silences on attack and benign rows; the scores below are read from these."""

    tp: int
    fp: int
    tn: int
    fn: int


def count(attack: Bools, alarm: Bools) -> Counts:
    """Count decisions; `attack` and `alarm` are bool (n,).

    >>> count(np.array([True, True, False]), np.array([True, False, False]))
    Counts(tp=1, fp=0, tn=1, fn=1)
    """
    tp, fp = int(np.sum(attack & alarm)), int(np.sum(~attack & alarm))
    attacks = int(np.sum(attack))
    return Counts(tp=tp, fp=fp, tn=len(attack) - attacks - fp, fn=attacks - tp)


def share(part: float, whole: float) -> float | None:
    """Give part / whole, None when there is no whole.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return float(part / whole) if whole else None


def accuracy(c: Counts) -> float | None:
    """Share of rows decided rightly. Higher is better.

    >>> accuracy(Counts(tp=8, fp=1, tn=9, fn=2))
    0.85
    """
    return share(c.tp + c.tn, c.tp + c.fp + c.tn + c.fn)


def precision(c: Counts) -> float | None:
    """Share of alarms that are attacks. Higher is better. None when nothing alarms.

    >>> precision(Counts(tp=8, fp=2, tn=9, fn=2)), precision(Counts(tp=0, fp=0, tn=9, fn=2))
    (0.8, None)
    """
    return share(c.tp, c.tp + c.fp)


def recall(c: Counts) -> float | None:
    """Share of attacks that alarm (TPR). Higher is better. None without attacks.

    >>> recall(Counts(tp=8, fp=2, tn=9, fn=2))
    0.8
    """
    return share(c.tp, c.tp + c.fn)


def fpr(c: Counts) -> float | None:
    """Share of benign rows that alarm. Lower is better. None without benign rows.

    >>> fpr(Counts(tp=8, fp=1, tn=9, fn=2))
    0.1
    """
    return share(c.fp, c.fp + c.tn)


def f1(c: Counts) -> float | None:
    """2 tp / (2 tp + fp + fn). Higher is better. None without attacks and alarms.

    >>> f1(Counts(tp=8, fp=2, tn=9, fn=2)), f1(Counts(tp=0, fp=0, tn=9, fn=2))
    (0.8, 0.0)
    """
    return share(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def balanced_accuracy(c: Counts) -> float | None:
    """Mean of the shares of attacks and of benign rows decided rightly. Higher is better.

    0.5 is chance. None unless both classes are there.

    >>> round(balanced_accuracy(Counts(tp=8, fp=1, tn=9, fn=2)), 3)
    0.85
    """
    hit, false = recall(c), fpr(c)
    return None if hit is None or false is None else (hit + 1 - false) / 2


def mcc(c: Counts) -> float | None:
    """Matthews correlation of decision and truth, -1 to 1. Higher is better; 0 is chance.

    None when a class is absent from the truth or from the decisions.

    >>> mcc(Counts(tp=5, fp=0, tn=5, fn=0)), mcc(Counts(tp=5, fp=5, tn=0, fn=0))
    (1.0, None)
    """
    # Python's integers: the product for millions of rows passes what 64 bits hold.
    product = (c.tp + c.fp) * (c.tp + c.fn) * (c.tn + c.fp) * (c.tn + c.fn)
    return share(c.tp * c.tn - c.fp * c.fn, sqrt(product))


def support_weighted(c: Counts) -> dict[str, float | None]:
    """Precision, recall and F1 of both classes, averaged by their rows, as the papers print them.

    Higher is better, and flattering: the majority class decides. None where the score of a class
    that has rows is undefined.

    >>> round(support_weighted(Counts(tp=8, fp=1, tn=1, fn=0))["recall_weighted"], 3)
    0.9
    """
    benign = Counts(tp=c.tn, fp=c.fn, tn=c.tp, fn=c.fp)
    weights = [(one, one.tp + one.fn) for one in (c, benign)]
    rows = sum(weight for _, weight in weights)
    result: dict[str, float | None] = {}
    for name, score in (("precision", precision), ("recall", recall), ("f1", f1)):
        terms = [(score(one), weight) for one, weight in weights if weight]
        known = [value * weight for value, weight in terms if value is not None]
        result[f"{name}_weighted"] = share(sum(known), rows) if len(known) == len(terms) else None
    return result
