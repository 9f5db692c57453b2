"""Scores against thresholds: the ROC and precision-recall areas, and thresholds chosen by FPR.

Scores are probabilities of attack; a row alarms when score >= threshold. `attack` is bool (n,),
`score` float64 (n,). What is undefined is None, never 0.0 or NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BENIGN_ROWS_PER_ALARM = 10
"""A threshold for the FPR alpha is only chosen on at least 10 / alpha benign rows."""

RULES = {"fpr_1pct": 0.01, "fpr_0_1pct": 0.001}

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def auc_roc(attack: Bools, score: Floats) -> float | None:
    """Give the area under the ROC curve: how often an attack outscores a benign row, ties half.

    Higher is better; 0.5 is chance. None unless both classes are there.

    >>> auc_roc(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    if attack.all() or not attack.any():
        return None
    tp, fp = _alarms(attack, score)
    # Twice the trapezoids' area, in integers: exact, whatever the number of rows.
    twice_area = np.sum((tp[1:] + tp[:-1]) * np.diff(fp))
    return float(twice_area / (2 * tp[-1] * fp[-1]))


def auc_pr(attack: Bools, score: Floats) -> float | None:
    """Give the average precision: precision at each distinct score, weighted by the recall gained.

    Higher is better; chance is the prevalence. None unless both classes are there.

    >>> round(auc_pr(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
    1.0
    """
    if attack.all() or not attack.any():
        return None
    tp, fp = _alarms(attack, score)
    precision = tp[1:] / (tp[1:] + fp[1:])
    return float(np.sum(np.diff(tp) * precision) / tp[-1])


def threshold(attack: Bools, score: Floats, alpha: float) -> float | None:
    """Choose the least threshold whose FPR on these (validation) rows is at most `alpha`.

    Candidates are the distinct scores and +inf; +inf means that no score would do, and the
    detector never alarms. None with fewer than 10 / alpha benign rows: too few to tell.

    >>> benign = np.linspace(0, 0.999, 1000)
    >>> threshold(np.zeros(1000, dtype=bool), benign, 0.01)
    0.99
    >>> threshold(np.zeros(999, dtype=bool), benign[:999], 0.01) is None
    True
    """
    benign = int(len(attack) - np.count_nonzero(attack))
    if benign < BENIGN_ROWS_PER_ALARM / alpha:
        return None
    return least_threshold(attack, score, alpha)


def least_threshold(attack: Bools, score: Floats, alpha: float) -> float:
    """Do as `threshold`, on however few benign rows (at least one).

    >>> least_threshold(np.array([False, False, True]), np.array([0.2, 0.6, 0.7]), 0.5)
    0.6
    >>> least_threshold(np.array([False, False, True]), np.array([0.2, 0.7, 0.7]), 0.1)
    inf
    """
    candidates = np.unique(score)
    benign = np.sort(score[~attack])
    alarms = len(benign) - np.searchsorted(benign, candidates, side="left")
    allowed = candidates[alarms / len(benign) <= alpha]
    return float(allowed[0]) if len(allowed) else float("inf")


def rates_at(attack: Bools, score: Floats, cut: float) -> tuple[float | None, float | None]:
    """Give (TPR, FPR) when rows with score >= `cut` alarm; None for a class without rows.

    A higher TPR is better, a lower FPR is better.

    >>> rates_at(np.array([False, True, True]), np.array([0.2, 0.6, 0.1]), 0.5)
    (0.5, 0.0)
    """
    alarm = score >= cut
    tpr = float(alarm[attack].mean()) if attack.any() else None
    fpr = float(alarm[~attack].mean()) if not attack.all() else None
    return tpr, fpr


def operating_points(
    valid: tuple[Bools, Floats], test: tuple[Bools, Floats]
) -> list[dict[str, Any]]:
    """Measure the test rows at thresholds chosen on validation rows, then on the test rows.

    Args:
        valid: (attack, score) of the real, unresampled validation rows.
        test: (attack, score) of the test rows.

    Returns:
        One object per rule: rule, oracle (the test rows themselves chose the threshold: an upper
        bound, not a result), threshold, tpr, fpr, reason. `threshold` is None where none could be
        chosen and where it is +inf; `reason` then says which.
    """
    points = []
    for name, alpha in RULES.items():
        benign = int(np.count_nonzero(~valid[0]))
        cut = threshold(*valid, alpha)
        reason = (
            f"validation holds {benign} benign rows, {BENIGN_ROWS_PER_ALARM / alpha:.0f} are needed"
        )
        points.append(_point(name, cut, test, reason))
    for name, alpha in RULES.items():
        cut = None if test[0].all() else least_threshold(*test, alpha)
        points.append(_point(f"oracle_{name}", cut, test, "the test part holds no benign row"))
    return points


def _point(rule: str, cut: float | None, test: tuple[Bools, Floats], reason: str) -> dict[str, Any]:
    point: dict[str, Any] = {"rule": rule, "oracle": rule.startswith("oracle_")}
    if cut is None:
        return point | {"threshold": None, "tpr": None, "fpr": None, "reason": reason}
    tpr, fpr = rates_at(*test, cut)
    if cut == float("inf"):
        # JSON has no infinity.
        never = "no score keeps the FPR low enough; the detector never alarms"
        return point | {"threshold": None, "tpr": tpr, "fpr": fpr, "reason": never}
    return point | {"threshold": cut, "tpr": tpr, "fpr": fpr, "reason": None}


def _alarms(attack: Bools, score: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count true and false alarms at +inf and at each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    last_of_score = np.flatnonzero(np.diff(score[order], append=-np.inf))
    tp = np.cumsum(attack[order], dtype=np.int64)[last_of_score]
    fp = last_of_score + 1 - tp
    return np.r_[0, tp], np.r_[0, fp]
