"""Does a deployed model still decide as the trained one does? Same weights, same test rows.

McNemar's exact test by cluster tells whether as many decisions turned wrong as right. Tolerances are
those of EVALUATION.md: beyond them a record is `invalid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.compare_paired import count_turned
from idsbench.metrics import Decided, decide
from idsbench.power import sign_p
from idsbench.rates import count, fpr
from idsbench.thresholds import auc_roc

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FPR_CHANGE = 0.05
LEAST_AGREEMENT = 0.95


def parity(
    label: NDArray[np.integer], native: NDArray[np.float64], deployed: NDArray[np.float64]
) -> dict[str, Any]:
    """Compare a deployment's decisions with the native ones.

    Args:
        label: (n,) codes, 0 is benign.
        native, deployed: scores (n,) or (n, k) of the same rows.

    Returns:
        agreement: share of equal decisions. fpr_change, auc_change: deployed - native; None where
        either has none. to_attack, to_benign: benign and other rows whose decision changed so.
        largest_score_change.

    >>> truth = np.array([0, 0, 1, 1])
    >>> found = parity(truth, np.array([0.1, 0.4, 0.6, 0.9]), np.array([0.1, 0.6, 0.6, 0.9]))
    >>> found["agreement"], found["fpr_change"], found["to_attack"], found["to_benign"]
    (0.75, 0.5, 1, 0)
    """
    before, after = decide(label, native), decide(label, deployed)
    same = before.alarm == after.alarm
    if native.ndim == 2:
        same = native.argmax(axis=1) == deployed.argmax(axis=1)
    turned = before.alarm != after.alarm
    return {
        "agreement": float(same.mean()),
        "fpr_change": _change(_fpr(before), _fpr(after)),
        "auc_change": _change(_auc(before), _auc(after)),
        "to_attack": int((turned & after.alarm & ~before.attack).sum()),
        "to_benign": int((turned & before.alarm & before.attack).sum()),
        "largest_score_change": float(np.abs(before.score - after.score).max()),
    }


def mcnemar(
    label: NDArray[np.integer],
    native: NDArray[np.float64],
    deployed: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> dict[str, Any]:
    """Test whether a deployment is as often right as the trained model, by McNemar's exact test.

    Rows of one cluster turn together, so clusters are counted: each turns the way that most of its
    turned rows do. It tells differences of the same weights, never of two trainings.

    Args:
        label: (n,) codes, 0 is benign.
        native, deployed: scores (n,) or (n, k) of the same rows.
        cluster: (n,) codes.

    Returns:
        clusters; of these `worse` turned wrong and `better` turned right; rows_worse, rows_better;
        p: exact, two-sided. 1.0 where nothing turned.

    >>> truth, cluster = np.zeros(8, dtype=int), np.arange(8)
    >>> found = mcnemar(truth, np.zeros(8), np.repeat([0.0, 1.0], [2, 6]), cluster)
    >>> found["worse"], found["better"], round(found["p"], 5)
    (6, 0, 0.03125)
    """
    before, after = _wrong(label, native), _wrong(label, deployed)
    turned = count_turned(np.stack([cluster, before, after], axis=1).astype(np.int64))
    more, fewer = max(turned.worse, turned.better), min(turned.worse, turned.better)
    return {
        "clusters": len(np.unique(cluster)),
        "worse": turned.worse,
        "better": turned.better,
        "rows_worse": int((~before & after).sum()),
        "rows_better": int((before & ~after).sum()),
        "p": min(1.0, 2 * sign_p(more, fewer)),
    }


def _wrong(label: NDArray[np.integer], score: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the rows (n,) whose decision is not their label; several classes count one by one."""
    wrong: NDArray[np.bool_]
    if score.ndim == 2:
        wrong = score.argmax(axis=1) != label
        return wrong
    decided = decide(label, score)
    wrong = decided.alarm != decided.attack
    return wrong


def breach(found: Mapping[str, Any]) -> str:
    """Say which tolerance a deployment breaks; empty when it keeps both."""
    if found["agreement"] < LEAST_AGREEMENT:
        return (
            f"on the target {found['agreement']:.1%} of the decisions are those of the trained "
            f"model, at least {LEAST_AGREEMENT:.0%} are needed"
        )
    change = found["fpr_change"]
    if change is not None and abs(change) > MOST_FPR_CHANGE:
        return (
            f"the FPR on the target differs from the trained model's by {change:+.4f}, "
            f"at most {MOST_FPR_CHANGE:g} is allowed"
        )
    return ""


def _fpr(decided: Decided) -> float | None:
    return fpr(count(decided.attack, decided.alarm))


def _auc(decided: Decided) -> float | None:
    return auc_roc(decided.attack, decided.score)


def _change(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
