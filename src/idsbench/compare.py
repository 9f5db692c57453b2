"""Two sides of records -> every metric of every cell, with a verdict; worst first.

Pure apart from evidence, which is read where both sides hold the same trained weights.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from idsbench import compare_paired, power
from idsbench.compare_metrics import (
    ANOTHER_HOUR,
    BY_ASSUMED,
    BY_KEY,
    METRICS,
    SIZE_SPREAD,
    changes_of,
    middle,
    obstacle,
    values_of,
)
from idsbench.compare_pairs import pairs
from idsbench.compare_values import (
    WORST_FIRST,
    Change,
    Compared,
    Group,
    Metric,
    Pair,
    Side,
    Verdict,
)

PAIRED_KEYS = ("fpr", "recall")
RANKINGS = ("auc_roc", "tpr_at_fpr_1pct")
MOVED = "the threshold moved: the two rates rose together, and no ranking of rows got worse"
MORE_SEEDS = f"run {power.SEEDS_ASKED} seeds a side"


@dataclass(frozen=True)
class _Matched:
    """A pair that can be compared, and the paired tests of the same weights where there are any."""

    pair: Pair
    both: tuple[Group, Group]
    paired: Mapping[str, Change]


def compare(
    base: Side, head: Side, same_weights: bool = False, keys: Container[str] = BY_KEY
) -> list[Compared]:
    """Compare all cells of two sides.

    The risk of a false alarm is shared out among the cells, so that a comparison of many cells
    cries wolf no more often than one of a single cell.

    Args:
        base, head: the sides.
        same_weights: both hold the same trained weights, by the user's word.
        keys: the metrics that are asked for; those that tell a moved threshold are added.
    """
    asked = [one for one in METRICS if one.key in keys or one.key in (*PAIRED_KEYS, *RANKINGS)]
    found = pairs(base.records, head.records)
    comparable = sum(not pair.reason for pair in found)
    alpha = power.ALPHA / max(comparable, 1)
    compared: list[Compared] = []
    matched: list[_Matched] = []
    for pair in found:
        if pair.reason or pair.base is None or pair.head is None:
            compared.append(Compared(pair, "", "not comparable", pair.reason))
            continue
        both = (pair.base, pair.head)
        note, paired = _paired(both, (base, head), same_weights, alpha)
        note = "; ".join(filter(None, (pair.note, note)))
        matched.append(_Matched(replace(pair, note=note) if note else pair, both, paired))
    by_metric = [_of_metric(matched, metric, alpha) for metric in asked]
    for of_one in zip(*by_metric, strict=True):
        compared += _moved([one for one in of_one if one], alpha)
    return sorted(compared, key=_badness)


def _badness(one: Compared) -> tuple[int, float, str, str]:
    change = abs(one.tested.change) if one.tested else 0.0
    return WORST_FIRST.index(one.verdict), -change, one.pair.name, one.metric


def _paired(
    both: tuple[Group, Group], sides: tuple[Side, Side], asserted: bool, alpha: float
) -> tuple[str, dict[str, Change]]:
    """Give the paired tests of cells with the same weights, or a note why there are none."""
    rates = [[[row.get(key) for key in PAIRED_KEYS] for row in group.ok] for group in both]
    if rates[0] == rates[1] and not asserted:
        return "", {}  # no evidence is missed where every seed has the same rates
    if not compare_paired.shared_weights(*both, asserted):
        return "", {}
    found = compare_paired.turned(both, sides)
    if isinstance(found, str):
        return f"the same weights, compared as if retrained: {found}", {}
    return "", {
        key: compare_paired.paired_change(turned, key == "recall", alpha * BY_KEY[key].risk)
        for key, turned in zip(PAIRED_KEYS, found, strict=True)
    }


def _of_metric(matched: Sequence[_Matched], metric: Metric, alpha: float) -> list[Compared | None]:
    """Judge one metric of every pair; None where neither side has it."""
    risk = alpha * metric.risk
    found = [_shown(one, metric) for one in matched]
    tested = [one.paired.get(metric.key) for one in matched]
    wanted = [
        place
        for place, one in enumerate(found)
        if one is not None and not one.reason and tested[place] is None
    ]
    changes = changes_of([matched[place].both for place in wanted], metric, risk)
    for place, change in zip(wanted, changes, strict=True):
        tested[place] = change
    return [
        one if one is None or one.reason or change is None else _judged(one, metric, change, risk)
        for one, change in zip(found, tested, strict=True)
    ]


def _shown(one: _Matched, metric: Metric) -> Compared | None:
    """Give the values of both sides, and the reason where they cannot be compared."""
    old, new = (values_of(group, metric) for group in one.both)
    if not old and not new:
        return None
    seeds = (len(old), len(new))
    reason = obstacle(*one.both, metric)
    if not old or not new:
        reason = f"not measured in {'HEAD' if old else 'BASE'}"
        return Compared(one.pair, metric.key, "not comparable", reason, seeds=seeds)
    ends = middle(old, metric), middle(new, metric)
    return Compared(one.pair, metric.key, "not comparable", reason, *ends, seeds=seeds)


def _judged(shown: Compared, metric: Metric, tested: Change, alpha: float) -> Compared:
    verdict: Verdict = "same"
    if metric.kind == "cost" and abs(tested.change) < ANOTHER_HOUR:
        pass
    elif tested.p_worse < alpha:
        verdict = "worse"
    elif tested.p_better < alpha:
        verdict = "better"
    reason = ""
    if tested.test == BY_ASSUMED and shown.old != shown.new:
        reason = (
            f"{shown.seeds[0]} and {shown.seeds[1]} seeds: the spread between trainings is "
            f"assumed ({metric.assumed or SIZE_SPREAD:g}); {MORE_SEEDS}"
        )
    return replace(shown, verdict=verdict, reason=reason, tested=tested)


def _moved(metrics: list[Compared], alpha: float) -> list[Compared]:
    """Rename what is only a moved threshold: one rate got worse, the other better, no ranking fell."""
    at = {one.metric: one for one in metrics}
    rates = [at.get(key) for key in PAIRED_KEYS]
    ranks = [at[key] for key in RANKINGS if key in at and at[key].tested]
    if not ranks or any(one.verdict == "worse" for one in ranks):
        return metrics
    for one, other in (rates, rates[::-1]):
        if one is None or other is None or other.tested is None or one.verdict != "worse":
            continue
        if other.tested.p_better < alpha:
            moved = replace(one, verdict="threshold moved", reason=MOVED)
            # Precision, F1 and accuracy follow the threshold.
            return [moved if each is one else _follows(each) for each in metrics]
    return metrics


def _follows(one: Compared) -> Compared:
    if one.metric in ("precision", "f1", "accuracy") and one.verdict == "worse":
        return replace(one, verdict="threshold moved", reason=MOVED)
    return one
