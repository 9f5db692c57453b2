import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench import intervals
from idsbench.intervals import Interval, cluster_bootstrap, wilson

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

CLUSTERED = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=60)
few = settings(max_examples=40, deadline=None)


def _columns(rows):
    alarm, cluster = zip(*rows, strict=True)
    return np.array(alarm, dtype=bool), np.array(cluster, dtype=np.int64)


@unhurried
@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_the_rate_and_stays_within_0_and_1(pair):
    k, n = pair
    low, high = wilson(k, n)
    assert 0.0 <= low <= k / n <= high <= 1.0


@unhurried
@given(st.integers(1, 10**7))
def test_wilson_ends_exactly_at_0_without_events_and_exactly_at_1_with_nothing_else(n):
    assert wilson(0, n)[0] == 0.0
    assert wilson(n, n)[1] == 1.0
    assert wilson(0, n)[1] == pytest.approx(1 - wilson(n, n)[0])


@unhurried
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_ends_solve_its_equation(pair):
    k, n = pair
    for end in wilson(k, n):
        if 0.0 < end < 1.0:
            error = abs(k / n - end)
            assert error == pytest.approx(1.959964 * np.sqrt(end * (1 - end) / n), rel=1e-5)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5), (float("nan"), 5)])
def test_wilson_refuses_what_is_not_a_rate(k, n):
    said = f"a rate needs 0 <= k <= n and n > 0, not k = {k} and n = {n}"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        wilson(k, n)


@few
@given(CLUSTERED)
def test_the_interval_contains_the_rate_and_stays_within_0_and_1(rows):
    alarm, cluster = _columns(rows)
    found = cluster_bootstrap(alarm, cluster, "cell")
    assert 0.0 <= found.low <= alarm.mean() <= found.high <= 1.0
    assert found.clusters == len(set(cluster.tolist()))


@few
@given(CLUSTERED, st.randoms(), st.permutations(range(7)))
def test_row_order_and_cluster_codes_do_not_change_the_interval(rows, random, names):
    alarm, cluster = _columns(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    renamed = np.array([names[code] * 1000 - 9 for code in cluster])
    assert cluster_bootstrap(alarm, cluster, "cell") == cluster_bootstrap(
        alarm[order], renamed[order], "cell"
    )


def _brute_force(alarm, cluster, rng):
    """Resample cluster by cluster, as the definition reads."""
    members = [np.flatnonzero(cluster == code) for code in np.unique(cluster)]
    rates = []
    for _ in range(intervals.RESAMPLES):
        drawn = rng.integers(0, len(members), size=len(members))
        rows = np.concatenate([members[one] for one in drawn])
        rates.append(alarm[rows].mean())
    return np.quantile(rates, (0.025, 0.975))


def test_the_bootstrap_agrees_with_resampling_one_cluster_at_a_time():
    rng = np.random.default_rng(5)
    cluster = rng.integers(0, 60, size=900)
    alarm = rng.random(900) < rng.beta(0.4, 4, size=60)[cluster]
    found = cluster_bootstrap(alarm, cluster, "cell")
    low, high = _brute_force(alarm, cluster, rng)
    # An end of 2,000 resamples has a standard error of about 1.5 % of the width; the ends of a
    # 90 % interval would be 8 % away.
    assert found.kind == "cluster"
    assert found.low == pytest.approx(low, abs=0.05 * (high - low))
    assert found.high == pytest.approx(high, abs=0.05 * (high - low))


def test_rows_that_alarm_together_widen_the_interval():
    cluster = np.repeat(np.arange(50), 100)
    together = cluster < 5
    apart = np.arange(5000) % 10 == 0
    wide = cluster_bootstrap(together, cluster, "cell")
    narrow = cluster_bootstrap(apart, np.arange(5000), "cell")
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_with_one_row_per_cluster_the_bootstrap_is_close_to_wilson():
    alarm = np.arange(4000) % 10 == 0
    found = cluster_bootstrap(alarm, np.arange(4000), "cell")
    assert (found.low, found.high) == pytest.approx(wilson(400, 4000), abs=0.002)


@pytest.mark.parametrize("alarms", [False, True])
def test_without_a_contrast_the_interval_is_wilsons_over_clusters(alarms):
    cluster = np.repeat(np.arange(30), 7)
    found = cluster_bootstrap(np.full(210, alarms), cluster, "cell")
    assert found == Interval(*wilson(30 if alarms else 0, 30), "wilson", 30)


def test_one_cluster_counts_as_one_trial():
    alarm = np.arange(1000) < 70
    found = cluster_bootstrap(alarm, np.zeros(1000, dtype=np.int64), "cell")
    assert found == Interval(*wilson(0.07, 1), "wilson", 1)
    assert found.high - found.low > 0.7


def test_the_seed_text_decides_the_resamples():
    rng = np.random.default_rng(1)
    alarm, cluster = rng.random(300) < 0.2, rng.integers(0, 40, 300)
    first = cluster_bootstrap(alarm, cluster, "a")
    assert first == cluster_bootstrap(alarm, cluster, "a")
    assert first != cluster_bootstrap(alarm, cluster, "b")


def test_another_process_gives_the_same_interval():
    code = (
        "import numpy as np; from idsbench.intervals import cluster_bootstrap as b;"
        "print(repr(b(np.arange(60) % 7 == 0, np.arange(60) // 4, 'cell')))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = cluster_bootstrap(np.arange(60) % 7 == 0, np.arange(60) // 4, "cell")
    assert other.stdout.strip() == repr(here)


def test_drawing_in_small_blocks_changes_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    alarm, cluster = rng.random(300) < 0.2, rng.integers(0, 40, 300)
    whole = cluster_bootstrap(alarm, cluster, "a")
    monkeypatch.setattr(intervals, "_DRAWS_AT_ONCE", 100)
    assert cluster_bootstrap(alarm, cluster, "a") == whole


def test_no_rows_have_no_interval():
    none = np.array([], dtype=bool)
    with pytest.raises(ValueError, match=r"^an interval of a rate needs at least one row$"):
        cluster_bootstrap(none, none.astype(np.int64), "cell")
