"""95 % intervals of a false positive rate, when rows of one group are not independent.

Benign rows come in clusters (a flow, a stream, identical vectors): the rows of one cluster alarm
together, so the number of clusters, not of rows, says how much is known.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""

_DRAWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a rate.

    Args:
        low, high: fractions in [0, 1].
        kind: "cluster" for the bootstrap, "wilson" where it says nothing.
        clusters: how many clusters it rests on.
    """

    low: float
    high: float
    kind: Literal["cluster", "wilson"]
    clusters: int


def wilson(k: float, n: int) -> tuple[float, float]:
    """Give Wilson's 95 % score interval for k events in n trials, as fractions.

    `k` may be fractional: a rate times an effective number of trials. The low end is exactly 0.0
    at k = 0, the high end exactly 1.0 at k = n, and k / n is always inside.

    Raises:
        ValueError: n is not positive, or k is outside [0, n].

    >>> wilson(0, 10)[0], wilson(10, 10)[1]
    (0.0, 1.0)
    >>> [round(end, 4) for end in wilson(5, 50)]
    [0.0435, 0.2136]
    """
    if n <= 0 or not 0 <= k <= n:
        raise ValueError(f"a rate needs 0 <= k <= n and n > 0, not k = {k} and n = {n}")
    rate = k / n
    square = Z_95**2 / n
    centre = (rate + square / 2) / (1 + square)
    half = Z_95 / (1 + square) * sqrt(rate * (1 - rate) / n + square / (4 * n))
    low = 0.0 if k == 0 else min(max(centre - half, 0.0), rate)
    high = 1.0 if k == n else max(min(centre + half, 1.0), rate)
    return low, high


def cluster_bootstrap(
    false_alarm: NDArray[np.bool_], cluster: NDArray[np.integer], seed_text: str
) -> Interval:
    """Give the 95 % percentile interval of a rate by resampling whole clusters, 2,000 times.

    The interval is widened to contain the rate. Where resampling can say nothing it is Wilson's
    with n = clusters: no alarm (k = 0), nothing but alarms (k = clusters), or one cluster, where
    k is the rate times one trial, so that the interval is as wide as one observation deserves.

    Args:
        false_alarm: bool (b,), whether each benign row raised an alarm.
        cluster: (b,), the cluster of each row; only equality of codes matters.
        seed_text: the cell's id; the same text gives the same interval in every process.

    Raises:
        ValueError: there are no rows.

    >>> alarms = np.array([True, True, False, False, False, False])
    >>> cluster_bootstrap(alarms, np.array([0, 0, 1, 1, 2, 2]), "cell").kind
    'cluster'
    >>> cluster_bootstrap(~alarms & alarms, np.array([0, 0, 1, 1, 2, 2]), "cell").low
    0.0
    """
    if not len(false_alarm):
        raise ValueError("an interval of a rate needs at least one row")
    alarms, rows, times = _kinds_of_cluster(false_alarm, cluster)
    clusters = int(times.sum())
    rate = float(np.mean(false_alarm))
    if clusters == 1 or rate in (0.0, 1.0):
        return Interval(*wilson(rate * clusters, clusters), "wilson", clusters)
    rates = _resampled_rates(alarms, rows, times, _generator(seed_text))
    low, high = np.quantile(rates, (0.025, 0.975))
    return Interval(min(float(low), rate), max(float(high), rate), "cluster", clusters)


def _kinds_of_cluster(
    false_alarm: NDArray[np.bool_], cluster: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the distinct (alarms, rows) of clusters and how many clusters have each.

    Clusters with equal (alarms, rows) are exchangeable; a capture of 100,000 clusters has a few
    hundred kinds, and sorting the kinds makes the result independent of codes and row order.
    """
    _, code = np.unique(cluster, return_inverse=True)
    rows = np.bincount(code)
    alarms = np.bincount(code[false_alarm], minlength=len(rows))
    kinds, times = np.unique(np.stack([alarms, rows]), axis=1, return_counts=True)
    return kinds[0], kinds[1], times


def _resampled_rates(
    alarms: NDArray[np.int64],
    rows: NDArray[np.int64],
    times: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    clusters = int(times.sum())
    block = max(1, _DRAWS_AT_ONCE // len(times))
    rates = []
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        drawn = rng.multinomial(clusters, times / clusters, size=size)
        rates.append((drawn @ alarms) / (drawn @ rows))
    return np.concatenate(rates)


def _generator(seed_text: str) -> np.random.Generator:
    # Python's own hash of a text differs between processes.
    digest = hashlib.sha256(seed_text.encode("utf-8")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
