"""Which keys of a record are compared, and the test that fits each."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from idsbench import power
from idsbench.compare_values import Change, Group, Metric, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A spread that is assumed is on the safe side: what is known of costs and scores is given in
# docs/regressions.md.
METRICS = (
    Metric("fpr", "rate", assumed=power.ASSUMED_SPREAD, risk=1.0),
    *(
        Metric(key, "rate", higher=True, assumed=power.ASSUMED_SPREAD)
        for key in ("recall", "tpr_at_fpr_1pct", "auc_roc", "precision", "f1", "accuracy")
    ),
    *(Metric(key, "size") for key in ("parameters", "macs", "size_bytes")),
    *(
        Metric(key, "cost", assumed=0.3)
        for key in ("latency_p50_us", "latency_p95_us", "energy_uj_per_row", "peak_rss_mb")
    ),
)
BY_KEY = {metric.key: metric for metric in METRICS}

EXACT, BY_SEEDS, BY_ASSUMED, PAIRED = "exact", "seeds", "assumed spread", "same weights"
ANOTHER_HOUR = 0.05
"""A cost that changed by less is the same: a machine differs by so much from hour to hour."""

SIZE_SPREAD = 0.1
"""Assumed of sizes that differ among seeds, such as a forest's bytes, where seeds are few."""

IDENTICAL = Change(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, "identical")


def values_of(group: Group, metric: Metric) -> list[float]:
    """Give a metric's values over seeds, without those that were not measured."""
    found = [row.get(metric.key) for row in group.ok]
    return [float(one) for one in found if one is not None]


def middle(values: Sequence[float], metric: Metric) -> float:
    """Give the mean over seeds, of a cost the median."""
    return median(values) if metric.kind == "cost" else fmean(values)


def obstacle(base: Group, head: Group, metric: Metric) -> str:
    """Say why a metric of two comparable cells cannot be compared; empty when it can."""
    if metric.kind != "cost":
        return ""
    for what, key_of in _CIRCUMSTANCES:
        if what == "method" and metric.key != "energy_uj_per_row":
            continue
        was, now = ({key_of(row) for row in group.ok} for group in (base, head))
        if was != now:
            return f"other {what}: {_listed(was)}, now {_listed(now)}"
        if len(was) > 1:
            return f"several {what}s on each side: {_listed(was)}"
    return ""


def _environment(row: Row, key: str) -> Any:
    found = row.get("environment")
    return str(found.get(key)) if isinstance(found, dict) else "None"


_CIRCUMSTANCES = (
    ("machine", lambda row: str(row["machine"])),
    ("method", lambda row: str(row["energy_method"])),
    ("measuring effort", lambda row: _environment(row, "measure")),
    ("number of threads", lambda row: _environment(row, "threads")),
)


def _listed(values: set[str]) -> str:
    return " and ".join(sorted(values))


def changes_of(cases: Sequence[tuple[Group, Group]], metric: Metric, alpha: float) -> list[Change]:
    """Test one metric of many pairs of groups that have values of it on both sides.

    Pairs with as many seeds a side are tested in one go: most of the time of a comparison of 1,000
    cells would else go into calls for arrays of a few numbers.
    """
    found = [_settled(base, head, metric) for base, head in cases]
    shapes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, (base, head) in enumerate(cases):
        if found[place] is None:
            shapes[len(values_of(base, metric)), len(values_of(head, metric))].append(place)
    for places in shapes.values():
        tested = _tests([cases[place] for place in places], metric, alpha)
        for place, change in zip(places, tested, strict=True):
            found[place] = change
    return [change for change in found if change is not None]


def _settled(base: Group, head: Group, metric: Metric) -> Change | None:
    """Compare what needs no test; None for what does."""
    if metric.kind != "cost" and _by_seed(base, metric) == _by_seed(head, metric):
        return IDENTICAL
    return _exact(base, head, metric) if metric.kind == "size" else None


def _tests(cases: Sequence[tuple[Group, Group]], metric: Metric, alpha: float) -> list[Change]:
    """Test pairs that all have k seeds in base and m in head."""
    import numpy as np

    base, head = ([case[side] for case in cases] for side in (0, 1))
    if metric.kind == "rate":
        # Counted are the rows that are wrong, whichever way the metric is better.
        counts = _counts(base, metric), _counts(head, metric)
        sides, worse, better = power.rates_changed(*counts, metric.assumed)
        start = np.exp(power.log_rates(*counts[0]).mean(axis=-1))
        start = 1 - start if metric.higher else start
    else:
        logs = _logs(base, metric), _logs(head, metric)
        sides = power.spread(*logs, 0.0, metric.assumed or SIZE_SPREAD)
        worse = power.p_higher(sides)
        better, start = 1 - worse, np.exp(logs[0].mean(axis=-1))
    return _changes(sides, (worse, better), start, (metric, alpha))


def _exact(base: Group, head: Group, metric: Metric) -> Change | None:
    """Compare sizes as they are, where seeds do not change them or the seeds are the same."""
    old, new = values_of(base, metric), values_of(head, metric)
    same_seeds = [row["seed"] for row in base.ok] == [row["seed"] for row in head.ok]
    if not same_seeds and (len(set(old)) > 1 or len(set(new)) > 1):
        return None
    before, after = fmean(old), fmean(new)
    change = after / before - 1 if before else (math.inf if after else 0.0)
    worse, better = float(after <= before), float(after >= before)
    return Change(worse, better, change, change, change, 0.0, EXACT)


def _by_seed(group: Group, metric: Metric) -> list[tuple[int, float | None]]:
    return [(row["seed"], row.get(metric.key)) for row in group.ok]


def _logs(groups: Sequence[Group], metric: Metric) -> NDArray[np.float64]:  # (cells, seeds)
    import numpy as np

    values = [values_of(group, metric) for group in groups]
    logs: NDArray[np.float64] = np.log(np.maximum(values, 1e-9))
    return logs


def _counts(
    groups: Sequence[Group], metric: Metric
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the wrong rows and all rows, (cells, seeds) each."""
    import numpy as np

    key = metric.key
    known = [[row for row in group.ok if row.get(key) is not None] for group in groups]
    rows = np.array([[rows_of(row, metric) for row in of] for of in known], dtype=np.float64)
    shares = np.array([[row[key] for row in of] for of in known], dtype=np.float64)
    wrong = 1 - shares if metric.higher else shares
    return np.rint(np.clip(wrong, 0, 1) * rows), rows


def level_of(group: Group, metric: Metric) -> float:
    """Give the mean logarithm over seeds of what is worse when it is more; as the tests see it."""
    if metric.kind == "rate":
        return float(power.log_rates(*_counts([group], metric)).mean())
    return float(_logs([group], metric).mean())


def rows_of(row: Row, metric: Metric) -> float:
    """Give how many rows a share is a share of: benign ones, attacks, or all."""
    total, benign = float(row["rows_test"] or 0), float(row["n_benign"] or 0)
    if metric.key == "fpr":
        return max(benign, 1.0)
    attacks = metric.key in ("recall", "tpr_at_fpr_1pct", "f1", "precision")
    return max(total - benign if attacks else total, 1.0)


def _changes(
    sides: power.Spread,
    p: tuple[NDArray[np.float64], NDArray[np.float64]],
    start: NDArray[np.float64],
    how: tuple[Metric, float],
) -> list[Change]:
    """Turn differences of logs into relative changes of the metric; arrays have the cells (n,)."""
    import numpy as np

    metric, alpha = how
    reach = power.quantile(sides.degrees, 0.975) * sides.error
    least = power.least_noticed(sides, alpha)
    logs = (sides.difference, sides.difference - reach, sides.difference + reach, least)
    change, one_end, other_end, notice = (_relative(one, start, metric) for one in logs)
    low, high, notice = np.minimum(one_end, other_end), np.maximum(one_end, other_end), abs(notice)
    seen: list[float | None] = notice.tolist()
    if metric.kind == "cost":
        seen = np.maximum(notice, ANOTHER_HOUR).tolist()
    elif metric.kind == "rate":
        wrong = 1 - start if metric.higher else start
        # A share cannot pass 1, so such a change is not there to be noticed.
        beyond = wrong * np.exp(np.minimum(least, 700.0)) > 1
        seen = [None if over else one for one, over in zip(seen, beyond.tolist(), strict=True)]
    test = BY_ASSUMED if math.isinf(sides.degrees) else BY_SEEDS
    numbers = np.stack([*p, change, low, high], axis=1).tolist()
    return [
        Change(worse, better, mean, least_end, most, one, test)
        for (worse, better, mean, least_end, most), one in zip(numbers, seen, strict=True)
    ]


def _relative(
    log_change: NDArray[np.float64], start: NDArray[np.float64], metric: Metric
) -> NDArray[np.float64]:
    import numpy as np

    factor: NDArray[np.float64] = np.exp(np.minimum(log_change, 700.0))
    if not metric.higher:
        return factor - 1
    after = 1 - np.minimum((1 - start) * factor, 1.0)
    found: NDArray[np.float64] = np.where(start > 0, after / np.where(start > 0, start, 1) - 1, 0.0)
    return found
