"""What printed scores say whatever the test set's mix, and what they mean at the natural mix."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from idsbench.claims_bounds import bounds_of, said
from idsbench.claims_file import Claim
from idsbench.claims_solve import Bounds
from idsbench.metrics import false_alarms_per_day, precision_at

Mix = tuple[Fraction, Fraction]


def value_of(claim: Claim, name: str) -> float | None:
    """Give a printed score as a fraction of 1; None when it is not printed."""
    return float(claim.value(name)) if name in claim.scores else None


def at_natural_mix(claim: Claim) -> dict[str, float | None]:
    """Carry a row's recall and FPR to the table before balancing.

    Returns:
        `precision_natural`; `false_alarms`, over all benign rows of that table; and
        `false_alarms_per_day`. None where the paper does not print what is needed.
    """
    keys = ("precision_natural", "false_alarms", "false_alarms_per_day")
    recall, false_rate, natural = value_of(claim, "recall"), value_of(claim, "fpr"), claim.natural
    if natural is None or false_rate is None:
        return dict.fromkeys(keys)
    precision = None
    if recall is not None:
        precision = precision_at(recall, false_rate, natural.attack / natural.rows)
    a_day = float(natural.benign / claim.days) if claim.days else None
    alarms = (false_rate * natural.benign, false_alarms_per_day(false_rate, a_day))
    return dict(zip(keys, (precision, *alarms), strict=True))


def remarks(claim: Claim) -> Iterator[str]:
    """Say what else is odd about a row whose plain reading is impossible."""
    yield from _implied_precision(claim)
    yield from _no_mix(claim)
    yield from _below_majority(claim)
    if {"recall", "accuracy"} <= set(claim.scores):
        same = claim.scores["recall"] == claim.scores["accuracy"]
        if same:
            yield "recall equals accuracy, the mark of averages weighted by support"


def mix_of_accuracy(accuracy: Bounds, recall: Bounds, fpr: Bounds) -> Mix:
    """Give the least and greatest share of attacks for which recall and FPR give the accuracy.

    Accuracy is share * recall + (1 - share) * (1 - FPR). The least is above the greatest when no
    share does.
    """
    quiet = (1 - fpr.high, 1 - fpr.low)
    low, high = Fraction(0), Fraction(1)
    # share * slope <= room, for accuracy not above its bound and not below it
    for slope, room in (
        (recall.low - quiet[0], accuracy.high - quiet[0]),
        (quiet[1] - recall.high, quiet[1] - accuracy.low),
    ):
        if slope > 0:
            high = min(high, room / slope)
        elif slope < 0:
            low = max(low, room / slope)
        elif room < 0:
            return Fraction(1), Fraction(0)
    return low, high


def mix_of_precision(precision: Bounds, recall: Bounds, fpr: Bounds) -> Mix:
    """Give the least and greatest share of attacks for which recall and FPR give the precision.

    Precision is share * recall / (share * recall + (1 - share) * FPR).
    """
    ends: list[Fraction] = []
    for p, r, f in (
        (precision.low, recall.high, fpr.low),
        (precision.high, recall.low, fpr.high),
    ):
        p, r, f = min(max(p, Fraction(0)), Fraction(1)), min(r, Fraction(1)), max(f, Fraction(0))
        whole = r * (1 - p) + p * f
        ends.append(p * f / whole if whole > 0 else Fraction(len(ends)))
    return ends[0], ends[1]


def _implied_precision(claim: Claim) -> Iterator[str]:
    """Work out the precision from the counts that FPR and recall stand for."""
    if not {"precision", "recall", "fpr"} <= set(claim.scores):
        return
    sizes = claim.sizes[claim.counts]
    bounds = [bounds_of(claim, name) for name in ("precision", "recall", "fpr")]
    low, high = mix_of_precision(*bounds)
    alarms, hits = claim.value("fpr") * sizes.benign, claim.value("recall") * sizes.attack
    if low <= Fraction(sizes.attack, sizes.rows) <= high or not hits:
        return
    yield (
        f"at the counts given {round(alarms):,} false alarms against {round(hits):,} hits is a "
        f"precision of {_percent(hits / (hits + alarms))}, printed {said(claim, 'precision')[10:]}"
    )


def _no_mix(claim: Claim) -> Iterator[str]:
    """Compare the share of attacks that accuracy needs with the one that precision needs."""
    if not {"accuracy", "precision", "recall", "fpr"} <= set(claim.scores):
        return
    recall, fpr = bounds_of(claim, "recall"), bounds_of(claim, "fpr")
    accuracy = bounds_of(claim, "accuracy")
    first = mix_of_accuracy(accuracy, recall, fpr)
    second = mix_of_precision(bounds_of(claim, "precision"), recall, fpr)
    sizes = claim.sizes[claim.counts]
    touching = accuracy.low <= 1 - fpr.low and 1 - fpr.high <= accuracy.high
    if touching and not first[0] <= Fraction(sizes.attack, sizes.rows) <= first[1]:
        yield f"accuracy = 1 - FPR forces recall = accuracy, but it is {said(claim, 'recall')[7:]}"
    if first[0] > first[1]:
        yield "at any mix accuracy lies between recall and 1 - FPR, and the printed one does not"
    elif first[0] > second[1] or second[0] > first[1]:
        yield (
            f"no mix of the classes fits scores of the attack class: accuracy needs {_range(first)} "
            f"of the test rows to be attacks, precision {_range(second)}"
        )


def _below_majority(claim: Claim) -> Iterator[str]:
    """Compare the accuracy with always giving the commoner answer."""
    if "accuracy" not in claim.scores:
        return
    sizes = claim.sizes[claim.counts]
    always = Fraction(max(sizes.attack, sizes.benign), sizes.rows)
    if bounds_of(claim, "accuracy").high < always:
        answer = "benign" if sizes.benign > sizes.attack else "attack"
        yield f'{said(claim, "accuracy")} is below always answering "{answer}" ({_percent(always)})'


def _percent(value: Fraction) -> str:
    return f"{float(value) * 100:.2f} %"


def _range(mix: Mix) -> str:
    return f"{_percent(mix[0])} to {_percent(mix[1])}"
