"""What a target says of its own costs is refused where no record could hold it, by target and key."""

from __future__ import annotations

import math

import numpy as np
import pytest

from idsbench.cost_checks import REQUIRED, checked_costs, checked_peak, checked_threads
from idsbench.errors import CellError

GOOD = {
    "latency_p50_us": 2.0,
    "latency_p95_us": np.float32(3.0),
    "latency_p99_us": 4,
    "latency_calls": np.int64(500),
    "throughput_rows_per_s": 1e5,
    "energy_uj_per_row": None,
    "energy_method": "none",
    "energy_detail": "not measured",
    "unmeasured": {"energy_uj_per_row": "no meter there"},
}
MORE = {
    "latency_p50_low_us": None,
    "latency_spread": 0.0,
    "noisy": False,
    "throughput_batch": 64,
    "start_up_s": 0.2,
    "size_bytes": 1000,
    "data_bytes": 0,
    "energy_uj_per_row": 3.0,
    "energy_method": "meter",
    "energy_uj_low": -0.5,
    "machine": "Pi 4",
    "target_detail": {"flags": ["-Os"]},
    "anything": object,
}


def _refused(**changes) -> str:
    with pytest.raises(CellError) as caught:
        checked_costs({**GOOD, **changes}, "tiny[bits=8]")
    return str(caught.value)


@pytest.mark.parametrize("more", [{}, MORE], ids=["least", "more"])
def test_what_fits_is_taken_as_it_is_with_plain_numbers(more):
    found = checked_costs({**GOOD, **more}, "tiny")
    assert found == {**GOOD, **more}
    assert [type(found[key]) for key in ("latency_p95_us", "latency_calls")] == [float, int]


@pytest.mark.parametrize("key", ["latency_p50_us", "throughput_rows_per_s", "energy_uj_per_row"])
@pytest.mark.parametrize(
    "value", [0, -5.0, math.nan, math.inf, "fast", True, [1.0], 10**400], ids=str
)
def test_a_figure_that_is_none_is_refused(key, value):
    sentence = _refused(**{"energy_method": "meter", key: value})
    shown = repr(value)[:60]
    assert sentence == f"the target tiny[bits=8] gives {key} {shown}: expected a number above 0"


@pytest.mark.parametrize("key", [*REQUIRED, "energy_method", "energy_detail", "unmeasured"])
def test_what_a_record_needs_must_be_there(key):
    with pytest.raises(CellError) as caught:
        checked_costs({name: GOOD[name] for name in GOOD if name != key}, "tiny")
    assert str(caught.value) == f"the costs of the target tiny lack {key}"


@pytest.mark.parametrize("key", ["latency_p99_us", "throughput_rows_per_s", "size_bytes"])
def test_a_figure_that_is_missing_has_its_reason(key):
    expected = f"the costs of the target tiny[bits=8] have no {key} and no reason in unmeasured"
    assert _refused(**{key: None}) == expected
    unmeasured = {**GOOD["unmeasured"], key: "not asked"}
    assert checked_costs({**GOOD, key: None, "unmeasured": unmeasured}, "tiny")[key] is None


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("latency_calls", 0, "a whole number from 1"),
        ("latency_calls", 5.5, "a whole number from 1"),
        ("throughput_batch", 0, "a whole number from 1"),
        ("size_bytes", -1, "a whole number from 0"),
        ("latency_spread", -0.1, "a number from 0"),
        ("latency_p50_low_us", 0.0, "a number above 0"),
        ("energy_uj_high", math.inf, "a finite number"),
        ("energy_method", "guess", "one of rapl, nvml, meter, model, none"),
        ("energy_method", ["rapl"], "one of rapl, nvml, meter, model, none"),
        ("energy_detail", "", "a text"),
        ("machine", 7, "a text"),
        ("noisy", "yes", "True or False"),
        ("target_detail", [1], "an object of JSON, of 65536 bytes at most"),
        ("target_detail", {"x": math.nan}, "an object of JSON, of 65536 bytes at most"),
        ("target_detail", {"x": 70_000 * "y"}, "an object of JSON, of 65536 bytes at most"),
        ("energy", {"x": {1}}, "an object of JSON, of 65536 bytes at most"),
        ("unmeasured", ["energy"], "a reason in words for each key"),
        ("unmeasured", {"energy_uj_per_row": ""}, "a reason in words for each key"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_key_says_what_it_may_be(key, value, expected):
    assert _refused(**{key: value}) == (
        f"the target tiny[bits=8] gives {key} {repr(value)[:60]}: expected {expected}"
    )


def test_energy_has_the_method_that_found_it():
    assert _refused(energy_uj_per_row=3.0) == (
        "the target tiny[bits=8] gives energy_method 'none': expected what found its "
        "energy_uj_per_row"
    )


@pytest.mark.parametrize("key", ["fpr", "status", "model", "peak_rss_mb", "train_s"])
def test_scores_and_names_are_no_costs(key):
    expected = f"the costs of the target tiny[bits=8] hold {key}, which is no cost of it"
    assert _refused(**{key: 0.0}) == expected


def test_costs_are_a_mapping():
    with pytest.raises(CellError) as caught:
        checked_costs([1, 2], "tiny")
    assert str(caught.value) == "the target tiny gives list for its costs, not a mapping"


def test_a_peak_may_be_unknown_but_not_made_up():
    assert (checked_peak(None, "tiny"), checked_peak(12, "tiny")) == (None, 12.0)
    with pytest.raises(CellError) as caught:
        checked_peak("lots", "tiny")
    assert str(caught.value) == (
        "the target tiny gives peak_rss_mb 'lots': expected a number above 0"
    )


def test_threads_are_counted_from_one():
    assert checked_threads(2, "tiny") == 2
    with pytest.raises(CellError) as caught:
        checked_threads(0, "tiny")
    assert str(caught.value) == "the target tiny gives threads 0: expected a whole number from 1"
