"""What a program times in windows becomes the keys that the core's own timing gives."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.timing import latency
from idsbench_devices.remote_runner import percentiles
from idsbench_devices.windows import latency_keys


@pytest.mark.parametrize("calls", [301, 41, 11, 3])
def test_the_keys_are_those_of_the_cores_timing_of_the_same_calls(calls):
    rng = np.random.default_rng(calls)
    windows = [rng.integers(1000, 1000 + 50 * (w + 1), calls) for w in range(5)]
    timed = {
        "windows": [percentiles(window.tolist()) for window in windows],
        "all": percentiles(np.concatenate(windows).tolist()),
    }
    found, expected = latency_keys(timed, "it"), latency(windows)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, float) and key != "latency_spread":
            # Between two calls a percentile may be either of them or lie between.
            assert found[key] == pytest.approx(value, abs=0.05), key
        elif key not in ("latency_spread", "noisy"):
            assert found[key] == value, key


@pytest.mark.parametrize(("last", "noisy"), [(105, False), (130, True)])
def test_windows_that_differ_are_noisy(last, noisy):
    parts = [{"calls": 500, "p50_ns": 100, "p95_ns": 200, "p99_ns": 300} for _ in range(5)]
    timed = {"windows": [*parts[:4], {**parts[0], "p50_ns": last}], "all": parts[0]}
    found = latency_keys(timed, "it")
    assert found["noisy"] is noisy
    assert found["latency_spread"] == (last - 100) / 100
