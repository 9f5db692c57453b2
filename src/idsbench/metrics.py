"""Every score of a record, computed from stored evidence by pure functions.

Positive means attack. All scores are fractions. What is undefined (precision when nothing alarms,
an area with one class) is None, never 0.0 or NaN. The definitions are those of `EVALUATION.md`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idsbench.errors import CellError
from idsbench.intervals import cluster_bootstrap
from idsbench.rates import (
    accuracy,
    balanced_accuracy,
    count,
    f1,
    fpr,
    mcc,
    precision,
    recall,
    share,
    support_weighted,
)
from idsbench.thresholds import Bools, Floats, auc_pr, auc_roc, operating_points
from idsbench.values import Evidence
from idsbench.vectors import ceiling, distinct_share

DECISION_THRESHOLD = 0.5


@dataclass(frozen=True)
class Decided:
    """The test rows as decisions: all (t,); `score` is the probability of attack."""

    attack: Bools
    alarm: Bools
    score: Floats


def precision_at(tpr: float, false_rate: float, prevalence: float) -> float | None:
    """Share of alarms that are attacks where `prevalence` of the traffic is. Higher is better.

    None when nothing would alarm.

    >>> round(precision_at(0.9, 0.01, 0.001), 4)
    0.0826
    """
    true_alarms = prevalence * tpr
    return share(true_alarms, true_alarms + (1 - prevalence) * false_rate)


def false_alarms_per_day(
    false_rate: float | None, benign_rows_per_day: float | None
) -> float | None:
    """False alarms a day, in alarms per row of the dataset's unit. Lower is better.

    None when the FPR or the daily count of benign rows is unknown.

    >>> false_alarms_per_day(0.01, 20_000.0)
    200.0
    """
    if false_rate is None or benign_rows_per_day is None:
        return None
    return false_rate * benign_rows_per_day


def is_constant(scores: Floats) -> bool:
    """Whether every row of (n,) or (n, k) got the same scores: such a detector saw nothing.

    >>> is_constant(np.array([0.3, 0.3])), is_constant(np.array([[0.3, 0.7], [0.4, 0.6]]))
    (True, False)
    """
    return bool(np.all(scores == scores[:1]))


def per_class(label: NDArray[np.integer], score: Floats) -> list[dict[str, Any]]:
    """Give one-vs-rest scores of each class: label (n,) codes, score (n, k).

    `class` is the code; `auc_roc` ranks by the class's own probability.

    >>> rows = per_class(np.array([0, 1]), np.array([[0.9, 0.1], [0.6, 0.4]]))
    >>> rows[0]["precision"], rows[1]["recall"], rows[1]["auc_roc"]
    (0.5, 0.0, 1.0)
    """
    decided = np.argmax(score, axis=1)
    rows: list[dict[str, Any]] = []
    for code in range(score.shape[1]):
        own = label == code
        c = count(own, decided == code)
        scores = {"precision": precision(c), "recall": recall(c), "f1": f1(c)}
        area = auc_roc(own, score[:, code])
        rows.append({"class": code, "support": c.tp + c.fn, **scores, "auc_roc": area})
    return rows


def macro_f1(classes: list[dict[str, Any]]) -> float | None:
    """Mean F1 over the classes that occur in the truth or in the decisions. Higher is better.

    >>> macro_f1([{"f1": 1.0}, {"f1": 0.0}, {"f1": None}])
    0.5
    """
    known = [row["f1"] for row in classes if row["f1"] is not None]
    return share(sum(known), len(known))


def measure(
    evidence: Evidence,
    *,
    cell: str,
    group_name: str,
    benign_rows_per_day: float | None,
    weighted: bool,
) -> dict[str, Any]:
    """Give all score keys of a record.

    Args:
        evidence: the stored arrays; scores (n,) or, for multi-class tasks, (n, k).
        cell: the cell's id, which seeds the bootstrap.
        group_name: what `test_group` codes stand for; "" when they stand for equal vectors.
        benign_rows_per_day: from the card or the user; None where unknown.
        weighted: add the support-weighted scores.

    Raises:
        CellError: a score is not a number in [0, 1], or the arrays do not fit together.
    """
    _check(evidence.valid_score, evidence.valid_label, "validation")
    _check(evidence.test_score, evidence.test_label, "test")
    if not len(evidence.test_label):
        raise CellError("there are no test rows to score; choose a protocol that leaves some")
    decided = decide(evidence.test_label, evidence.test_score)
    c = count(decided.attack, decided.alarm)
    row: dict[str, Any] = {"accuracy": accuracy(c), "balanced_accuracy": balanced_accuracy(c)}
    row |= {"precision": precision(c), "recall": recall(c), "f1": f1(c), "mcc": mcc(c)}
    row |= _false_positives(decided, evidence.test_group, cell, group_name)
    row |= _seen_and_synthetic(decided, evidence)
    row |= _over_thresholds(decided, evidence)
    row["accuracy_ceiling"] = ceiling(evidence.test_vector, evidence.test_label)
    row["distinct_share"] = distinct_share(evidence.test_vector)
    row["false_alarms_per_day"] = false_alarms_per_day(row["fpr"], benign_rows_per_day)
    row["rows_test"] = len(evidence.test_label)
    row["prevalence"] = share(c.tp + c.fn, row["rows_test"])
    row["counts"] = asdict(c)
    if weighted:
        row |= support_weighted(c)
    if evidence.test_score.ndim == 2:
        row["accuracy"] = float(np.mean(evidence.test_score.argmax(axis=1) == evidence.test_label))
        row["per_class"] = per_class(evidence.test_label, evidence.test_score)
        row["macro_f1"] = macro_f1(row["per_class"])
    return row


def _check(score: Floats, label: NDArray[np.integer], part: str) -> None:
    """Refuse scores that are not one probability (or k) per row."""
    rows = len(label)
    if score.ndim not in (1, 2) or len(score) != rows:
        raise CellError(
            f"the model gave {part} scores of shape {score.shape} for {rows} rows; "
            f"({rows},) or ({rows}, classes) is needed"
        )
    wrong = ~np.isfinite(score)
    said = "that are not numbers"
    if not wrong.any():
        wrong, said = (score < 0) | (score > 1), "outside the range from 0 to 1"
    if wrong.any():
        bad = int(np.count_nonzero(wrong if score.ndim == 1 else wrong.any(axis=1)))
        raise CellError(f"the model gave {bad} of {rows} {part} scores {said}")
    classes = 2 if score.ndim == 1 else score.shape[1]
    if rows and (int(label.max()) >= classes or int(label.min()) < 0):
        raise CellError(
            f"the {part} labels go from {label.min()} to {label.max()}, "
            f"but the model scores {classes} classes"
        )


def decide(label: NDArray[np.integer], score: Floats) -> Decided:
    """Collapse (n, k) scores to attack against benign (class 0), and decide."""
    if score.ndim == 1:
        return Decided(label != 0, score >= DECISION_THRESHOLD, score)
    return Decided(label != 0, score.argmax(axis=1) != 0, 1.0 - score[:, 0])


def _false_positives(
    decided: Decided, cluster: NDArray[np.int64], cell: str, group_name: str
) -> dict[str, Any]:
    """Give the FPR with its interval over the benign rows' clusters."""
    benign = ~decided.attack
    row: dict[str, Any] = dict.fromkeys(("fpr", "fpr_low", "fpr_high", "fpr_interval"))
    row |= {"n_benign": int(benign.sum()), "n_benign_groups": 0}
    if not row["n_benign"]:
        return row
    interval = cluster_bootstrap(decided.alarm[benign], cluster[benign], cell)
    row["fpr"] = fpr(count(decided.attack, decided.alarm))
    row["fpr_low"], row["fpr_high"] = interval.low, interval.high
    row["n_benign_groups"] = interval.clusters
    clustered = f"cluster:{group_name or 'vector'}"
    row["fpr_interval"] = clustered if interval.kind == "cluster" else "wilson"
    return row


def _seen_and_synthetic(decided: Decided, evidence: Evidence) -> dict[str, Any]:
    """Give the rates over rows that training did not show, and over rows that were captured."""
    unseen, real = ~evidence.test_seen, ~evidence.test_synthetic
    new = count(decided.attack[unseen], decided.alarm[unseen])
    captured = count(decided.attack[real], decided.alarm[real])
    benign = ~decided.attack
    leaked = (real & evidence.test_seen) | evidence.test_parent_leaked
    return {
        "fpr_unseen": fpr(new),
        "recall_unseen": recall(new),
        "seen_share": float(np.mean(evidence.test_seen)),
        "fpr_real": fpr(captured),
        "synthetic_share_benign": share(float(np.sum(benign & ~real)), float(np.sum(benign))),
        "leaked_rows": int(leaked.sum()),
    }


def _over_thresholds(decided: Decided, evidence: Evidence) -> dict[str, Any]:
    """Give the areas, and test rates at the thresholds that validation rows chose."""
    known = decide(evidence.valid_label, evidence.valid_score)
    test = (decided.attack, decided.score)
    points = operating_points((known.attack, known.score), test)
    at = {point["rule"]: point for point in points}
    hits = count(decided.attack, decided.alarm)
    many = evidence.test_score.ndim == 2
    decision: dict[str, Any] = {"rule": "argmax" if many else "decision", "oracle": False}
    decision |= {"threshold": None if many else DECISION_THRESHOLD}
    decision |= {"tpr": recall(hits), "fpr": fpr(hits), "reason": None}
    row: dict[str, Any] = {"auc_roc": auc_roc(*test), "auc_pr": auc_pr(*test)}
    for name in ("fpr_1pct", "fpr_0_1pct"):
        row[f"tpr_at_{name}"] = at[name]["tpr"]
        row[f"achieved_{name}"] = at[name]["fpr"]
    return row | {"operating_points": [decision, *points]}
