"""How often the gate alarms where the truth is known: `python benchmarks/simulation/gate_simulation.py`.

Prints the tables of docs/regressions.md. The gate's own tests and limits are called, on many
repeats at once.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idsbench import compare_paired, power
from idsbench.compare_metrics import BY_KEY
from idsbench.gate_rules import make_rules

Floats = NDArray[np.float64]

SPREADS = (0.0, 0.1, 0.2, 0.4)
FACTORS = (1.0, 1.2, 1.5, 2.0)
SIDES = ((1, 1), (10, 1), (5, 5), (10, 10))
BENIGN, ATTACKS, FPR, MISSED = 10_000, 10_000, 0.01, 0.05
FLIPPED = 20


@dataclass(frozen=True)
class Alarms:
    """Shares of repeats that alarm: the gate's, the gate's on FPR alone, and a t-test's."""

    gate: float
    fpr: float
    t_test: float | None


def alarms(spread: float, sides: tuple[int, int], factor: float, repeats: int) -> Alarms:
    """Simulate comparisons of `sides` trainings whose true FPR differs by `factor`."""
    rng = np.random.default_rng([round(spread * 100), *sides, round(factor * 100)])

    def draw(rate: float, rows: int, seeds: int) -> tuple[Floats, Floats]:
        # The median is the stated rate, on both sides alike.
        own = np.minimum(rate * np.exp(rng.normal(0, spread, (repeats, seeds))), 1.0)
        return rng.binomial(rows, own).astype(float), np.full((repeats, seeds), float(rows))

    base, head = draw(FPR, BENIGN, sides[0]), draw(FPR * factor, BENIGN, sides[1])
    missed = draw(MISSED, ATTACKS, sides[0]), draw(MISSED, ATTACKS, sides[1])
    on_fpr = _guard("fpr", base, head)
    either = on_fpr | _guard("recall", *missed)
    t_test = None if min(sides) < 2 else float(_t_test(base, head).mean())
    return Alarms(float(either.mean()), float(on_fpr.mean()), t_test)


def _guard(key: str, base: tuple[Floats, Floats], head: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Alarm as the gate does: told from chance, and over the limit."""
    metric, limit = BY_KEY[key], make_rules({}).limits[key]
    sides, p, _ = power.rates_changed(base, head, metric.assumed)
    factor = np.exp(sides.difference)
    if metric.higher:
        start = np.exp(power.log_rates(*base).mean(axis=-1))
        over = (1 - start * factor) / (1 - start) - 1 < -limit.relative
    else:
        over = factor - 1 > limit.relative
    alarm: NDArray[np.bool_] = (p < power.ALPHA * metric.risk) & over
    return alarm


def _t_test(base: tuple[Floats, Floats], head: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Alarm as a one-sided t-test on log FPR at the same risk would, over the same limit."""
    from scipy import stats

    logs = [np.log(np.maximum(side[0], 0.5) / side[1]) for side in (base, head)]
    found = stats.ttest_ind(logs[1], logs[0], axis=-1, alternative="greater")
    rise = logs[1].mean(axis=-1) - logs[0].mean(axis=-1)
    alarm: NDArray[np.bool_] = (found.pvalue < power.ALPHA) & (rise > np.log(1.1))
    return alarm


def flipped(one_way: int, both_ways: int, rows_per_cluster: int, repeats: int) -> float:
    """Give the share of repeats in which flipped decisions of the same weights alarm.

    Args:
        one_way: benign rows, of 10,000, that turn to false alarms.
        both_ways: rows that turn to false alarms, and as many that turn back, by chance.
        rows_per_cluster: rows that belong together; which rows flip is independent of that.
        repeats: how often.
    """
    rng = np.random.default_rng([one_way, both_ways, rows_per_cluster])
    limit, risk = make_rules({}).limits["fpr"], power.ALPHA * BY_KEY["fpr"].risk
    cluster = np.arange(BENIGN) // rows_per_cluster
    caught = 0
    for _ in range(repeats):
        before = rng.random(BENIGN) < FPR
        after = before.copy()
        after[rng.choice(np.flatnonzero(~before), one_way + both_ways, replace=False)] = True
        after[rng.choice(np.flatnonzero(before), both_ways, replace=False)] = False
        turned = compare_paired.count_turned(np.stack([cluster, before, after], axis=1))
        tested = compare_paired.paired_change(turned, False, risk)
        caught += tested.p_worse < risk and tested.change > limit.relative
    return caught / repeats


def tables(repeats: int) -> str:
    """Give both tables as Markdown."""
    lines = [
        "| spread between trainings | seeds | no change | t-test | +20 % | t-test | +50 % | t-test "
        "| x 2 | t-test |",
        "|" + "---|" * 10,
    ]
    for spread in SPREADS:
        for sides in SIDES:
            found = [alarms(spread, sides, factor, repeats) for factor in FACTORS]
            cells = [(_shown(one.gate), _shown(one.t_test)) for one in found]
            shown = " | ".join(text for pair in cells for text in pair)
            lines.append(f"| {spread:g} | {sides[0]} and {sides[1]} | {shown} |")
    lines += ["", "| same weights, of 10,000 benign decisions | rows in a cluster | alarms |"]
    lines.append("|---|---|---|")
    for one_way, both in ((FLIPPED, 0), (FLIPPED, 5), (0, 5), (0, 20)):
        for size in (1, 14):
            what = f"{one_way} flip one way" if one_way else "no change"
            what += f", {both} more each way" if both else ""
            share = flipped(one_way, both, size, repeats)
            lines.append(f"| {what} | {size} | {_shown(share)} |")
    return "\n".join(lines)


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.1f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Simulate the gate where the truth is known.")
    parser.add_argument("--repeats", type=int, default=1000)
    print(tables(parser.parse_args().repeats))
    sys.exit(0)
