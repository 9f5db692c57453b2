"""Was it the change or chance? Tests of two sides of trainings, and what they could have seen.

Rates are compared as logarithms, so that a change is a factor. Arrays have the seeds of one side
on their last axis; all functions work on many repeats at once, which is how they are simulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALPHA = 0.01
"""The risk of an alarm where nothing changed, for one metric of one gate."""

SEEDS_ASKED = 5
FEWEST_DEGREES = 4
"""Below this many degrees of freedom the spread of the seeds says too little."""

ASSUMED_SPREAD = 0.4
"""The standard deviation of log FPR between trainings that is assumed where it is not known."""

FEW_EVENTS = 5
"""With fewer events in a training the logarithm of a count is far from normal."""

NOTICED = 0.8
"""A change that is said to be noticed is noticed in this share of cases."""


@dataclass(frozen=True)
class Spread:
    """Two sides on a logarithmic scale.

    Args:
        difference: mean of head minus mean of base, (...).
        error: the standard error of the difference, (...).
        degrees: of freedom; infinite where the spread is assumed.
    """

    difference: Floats
    error: Floats
    degrees: float


def log_rates(events: Floats, rows: Floats) -> Floats:
    """Give log rates of counts, finite at none and at all.

    >>> [round(float(one), 3) for one in log_rates(np.array([0.0, 100.0]), np.array([1e4, 1e4]))]
    [-9.904, -4.6]
    """
    rates: Floats = np.log((events + 0.5) / (rows + 1.0))
    return rates


def count_noise(base: Floats, head: Floats) -> Floats:
    """Give the mean variance of a log rate that counting alone makes; base (..., k), head (..., m).

    >>> float(count_noise(np.array([99.5]), np.array([99.5])))
    0.01
    """
    noise: Floats = (1 / (base + 0.5)).mean(axis=-1) / 2 + (1 / (head + 0.5)).mean(axis=-1) / 2
    return noise


def spread(base: Floats, head: Floats, noise: Floats | float, assumed: float) -> Spread:
    """Compare logs of k trainings with those of m, by the spread within the two sides.

    With fewer than `FEWEST_DEGREES` degrees of freedom the spread is assumed. A spread so small
    that counting noise alone would give it once in a hundred times is taken for luck, and raised
    to that.

    Args:
        base, head: logs, (..., k) and (..., m).
        noise: variance of one log by counting; 0 where nothing is counted.
        assumed: the standard deviation between trainings where it cannot be measured.
    """
    from scipy import special  # type: ignore[import-untyped]

    k, m = base.shape[-1], head.shape[-1]
    difference = head.mean(axis=-1) - base.mean(axis=-1)
    share, degrees = 1 / k + 1 / m, k + m - 2
    if degrees < FEWEST_DEGREES:
        error = np.sqrt((assumed**2 + noise) * share) + np.zeros_like(difference)
        return Spread(difference, error, float("inf"))
    squares = base.var(axis=-1) * k + head.var(axis=-1) * m
    least = noise * special.chdtri(degrees, 1 - 0.01) / degrees
    return Spread(difference, np.sqrt(np.maximum(squares / degrees, least) * share), degrees)


def p_higher(sides: Spread) -> Floats:
    """Give the one-sided p that head is not higher than base; small when it is higher.

    >>> float(p_higher(Spread(np.array(0.0), np.array(1.0), 8)))
    0.5
    """
    from scipy import special

    exact = np.where(sides.difference > 0, np.inf, np.where(sides.difference < 0, -np.inf, 0.0))
    error = np.where(sides.error > 0, sides.error, 1.0)
    score = np.where(sides.error > 0, sides.difference / error, exact)
    p: Floats = special.ndtr(-score) if _known(sides) else special.stdtr(sides.degrees, -score)
    return p


@cache
def quantile(degrees: float, share: float) -> float:
    """Give a quantile of Student's t, of the normal where the degrees are infinite.

    >>> round(quantile(8, 0.99), 3), round(quantile(float("inf"), 0.975), 3)
    (2.896, 1.96)
    """
    from scipy import special

    if np.isinf(degrees):
        return float(special.ndtri(share))
    return float(special.stdtrit(degrees, share))


def least_noticed(sides: Spread, alpha: float) -> Floats:
    """Give the smallest log change that the test would have noticed four times in five."""
    reach = quantile(sides.degrees, 1 - alpha) + quantile(sides.degrees, NOTICED)
    noticed: Floats = reach * sides.error
    return noticed


def p_more_events(base: Floats, base_rows: Floats, head: Floats, head_rows: Floats) -> Floats:
    """Give the exact p of as many events at head, given the events of both sides together.

    This counts rows as if trainings did not differ: it guards the test of logs where events are
    few, and is never used alone. Arguments are (..., seeds).

    >>> float(p_more_events(*(np.array([n]) for n in (0.0, 100.0, 5.0, 100.0))))
    0.03125
    """
    from scipy import special

    before, after = base.sum(axis=-1), head.sum(axis=-1)
    share = head_rows.sum(axis=-1) / (base_rows.sum(axis=-1) + head_rows.sum(axis=-1))
    all_of_them = np.maximum(before + after, 1).astype(np.int64)
    p = special.bdtrc(np.maximum(after, 1) - 1, all_of_them, share)
    more: Floats = np.where(after > 0, p, 1.0)
    return more


def rates_changed(
    base: tuple[Floats, Floats], head: tuple[Floats, Floats], assumed: float
) -> tuple[Spread, Floats, Floats]:
    """Test whether a counted rate rose, and whether it fell.

    The seeds' logs are tested and, where a training has few events, the counts exactly too; the
    larger p counts.

    Args:
        base, head: (events, rows), each (..., seeds).
        assumed: the spread between trainings where it cannot be measured.
    """
    noise = count_noise(base[0], head[0])
    sides = spread(log_rates(*base), log_rates(*head), noise, assumed)
    rose = p_higher(sides)
    fell = 1 - rose
    few = np.minimum(base[0].min(axis=-1), head[0].min(axis=-1)) < FEW_EVENTS
    if few.any():
        rose = np.where(few, np.maximum(rose, p_more_events(*base, *head)), rose)
        fell = np.where(few, np.maximum(fell, p_more_events(*head, *base)), fell)
    return sides, rose, fell


def sign_p(more: int, fewer: int) -> float:
    """Give the exact one-sided p of the sign test: that many of `more + fewer`, or a larger part.

    >>> sign_p(7, 0), sign_p(0, 0)
    (0.0078125, 1.0)
    """
    from scipy import special

    return float(special.bdtrc(more - 1, more + fewer, 0.5)) if more else 1.0


def least_signs(fewer: int, alpha: float) -> int:
    """Give the fewest clusters that must turn one way, against `fewer`, for the sign test to tell.

    >>> least_signs(0, 0.01), least_signs(3, 0.01)
    (7, 14)
    """
    more = fewer
    while sign_p(more, fewer) >= alpha:
        more += 1
    return more


def _known(sides: Spread) -> bool:
    return bool(np.isinf(sides.degrees))
