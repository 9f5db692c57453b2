"""A record says what a detector costs, how that was found, and why a figure is missing."""

from __future__ import annotations

import pytest

from idsbench.record_cost import cost_part, noise_of

TRAINING = {
    **{"parameters": 3, "macs": 3, "size_bytes": 500, "train_s": 1.0, "rows_train": 9},
    **{"train_energy_j": 5.0, "energy_reason": "", "energy_method": "model", "energy_detail": "t"},
}
COST = {
    **{"latency_p50_us": 10.0, "latency_p50_low_us": 9.0, "latency_p50_high_us": 11.0},
    **{"latency_p99_us": 30.0, "latency_p99_low_us": None, "latency_p99_high_us": None},
    **{"throughput_batch": 64, "throughput_rows_per_s": 1e5, "latency_spread": 0.2, "noisy": True},
    **{"energy_uj_per_row": 5.0, "energy_uj_low": None, "energy_uj_high": None},
    **{"energy_method": "model", "energy_detail": "s", "energy": {"calls": 4}, "unmeasured": {}},
}
FOOTPRINT = {"peak_rss_mb": 40.0, "start_up_s": 0.5, "start_up_cpu_s": 0.4}


def _part(footprint=FOOTPRINT, cost=COST, **measured) -> dict:
    measured = {"training": TRAINING, "cost": cost, "threads": 1, **measured}
    return cost_part({"threads_held_by": "affinity", **measured}, footprint, "cell")


def test_figures_stand_beside_how_they_were_found():
    part = _part()
    assert (part["train_energy_method"], part["energy_method"]) == ("model", "model")
    assert part["energy"] == {"calls": 4, "detail": "s"}
    assert part["train_energy"] == {"detail": "t"}
    assert (part["throughput_batch"], part["latency_spread"]) == (64, 0.2)
    assert (part["start_up_s"], part["start_up_cpu_s"]) == (0.5, 0.4)
    assert part["limits"] == {"threads": 1, "threads_held_by": "affinity"}


def test_an_interval_that_is_missing_has_its_reason():
    assert _part()["unmeasured"] == {
        "latency_p99_low_us": "too few calls in each window",
        "latency_p99_high_us": "too few calls in each window",
        "energy_uj_low": "a modelled figure has no interval",
        "energy_uj_high": "a modelled figure has no interval",
    }
    reasons = _part(cost={**COST, "energy_uj_per_row": None})["unmeasured"]
    assert reasons["energy_uj_low"] == "no energy was measured"


def test_the_energy_of_a_training_under_another_meter_is_missing_with_that_reason():
    training = {**TRAINING, "energy_method": "meter", "meter": "a.m"}
    part = _part(training=training, cost={**COST, "meter": "auto"})
    assert (part["train_energy_j"], part["train_energy_method"]) == (None, "none")
    reason = "trained earlier, under --meter a.m; --fresh trains it under this one"
    assert part["unmeasured"]["train_energy_j"] == reason
    assert part["train_energy"] == {"detail": ""}


def test_how_a_memory_limit_was_held_is_told():
    footprint = {**FOOTPRINT, "memory_mb": 256.0, "memory_held_by": "cgroup v2, memory.max"}
    assert _part(footprint)["limits"] == {
        "threads": 1,
        "threads_held_by": "affinity",
        "memory_mb": 256.0,
        "memory_held_by": "cgroup v2, memory.max",
    }


def test_the_start_of_another_program_is_not_this_ones():
    footprint = {"peak_rss_mb": 3.0, "start_up_s": None, "start_up_reason": "elsewhere"}
    part = _part(footprint)
    assert (part["start_up_s"], part["unmeasured"]["start_up_s"]) == (None, "elsewhere")
    assert part["unmeasured"]["start_up_cpu_s"] == "elsewhere"
    own = _part(footprint, {**COST, "start_up_s": 0.1})
    assert (own["start_up_s"], own["start_up_cpu_s"]) == (0.1, None)
    assert own["unmeasured"]["start_up_cpu_s"] == "the target times its start by the clock alone"
    assert "start_up_s" not in own["unmeasured"]


def test_the_artifacts_size_takes_the_place_of_the_trainings():
    deployment = {"artifact_bytes": 7, "parity": {"agreement": 1.0}, "deploy_s": 2.0}
    deployment["calibration_rows"] = {"benign": 64, "attack": 448}
    part = _part(deployment=deployment)
    assert (part["size_bytes"], part["parity"], part["deploy_s"]) == (7, {"agreement": 1.0}, 2.0)
    assert part["calibration_rows"] == {"benign": 64, "attack": 448}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"pace_changed": ""}, "the medians of five windows differ by 20%"),
        ({"pace_changed": "it ran slower", "noisy": False}, "it ran slower"),
        (
            {"pace_changed": "it ran slower"},
            "the medians of five windows differ by 20%; it ran slower",
        ),
        ({"pace_changed": "", "noisy": False}, ""),
        ({"contended": "others worked"}, ""),
        ({"pace_changed": "", "contended": "others worked", "noisy": False}, "others worked"),
        (
            {"pace_changed": "", "contended": "others worked", "noisy": False, "machine": "a pi"},
            "",
        ),
    ],
)
def test_only_a_thorough_measurement_says_that_the_machine_was_noisy(changes, reason):
    cost = {**COST, **changes}
    assert noise_of(cost) == reason
    assert _part(cost=cost).get("noise", "") == reason
