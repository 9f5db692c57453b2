"""The part of a record that says what a detector costs, and why a figure is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idsbench.record_training import of_this_meter
from idsbench.rowkeys import EXTRA_KEYS, ROW_KEYS

FROM_TRAINING = ("parameters", "macs", "size_bytes", "train_s", "train_energy_j", "rows_train")
FROM_DEPLOYMENT = ("parity", "deploy_s", "calibration_rows")
INTERVALS = (
    *(f"latency_{share}_{end}_us" for share in ("p50", "p95", "p99") for end in ("low", "high")),
    *("energy_uj_low", "energy_uj_high"),
)


def cost_part(
    measured: Mapping[str, Any], footprint: Mapping[str, Any], cell: str
) -> dict[str, Any]:
    """Give a record's cost keys, how they were found, and `unmeasured` with a reason for each None.

    Args:
        measured: what the stage `measure` wrote.
        footprint: what the fresh process reported: peak_rss_mb, start_up_s, or a reason.
        cell: the cell's id.
    """
    cost = measured["cost"]
    training = of_this_meter(measured["training"], cost)
    own_start = "start_up_s" in cost  # what measures itself has told it, by the clock
    part: dict[str, Any] = {key: training[key] for key in FROM_TRAINING}
    if deployment := measured.get("deployment"):
        part["size_bytes"] = deployment["artifact_bytes"]
        part |= {key: deployment[key] for key in FROM_DEPLOYMENT}
    part |= {key: cost[key] for key in (*ROW_KEYS, *EXTRA_KEYS) if key in cost}
    part |= {
        "peak_rss_mb": footprint.get("peak_rss_mb"),
        "peak_rss_from": footprint.get("peak_rss_from", cell),
        "start_up_s": cost.get("start_up_s", footprint.get("start_up_s")),
        "start_up_cpu_s": None if own_start else footprint.get("start_up_cpu_s"),
        "train_energy_method": training["energy_method"],
        "latency_spread": cost.get("latency_spread"),
        "energy": {**cost.get("energy", {}), "detail": cost["energy_detail"]},
        "train_energy": {**training.get("energy", {}), "detail": training["energy_detail"]},
        "limits": _limits(measured, footprint),
    }
    if noise := noise_of(cost):
        part["noise"] = noise
    part["unmeasured"] = {**_missing(part, training, footprint), **cost["unmeasured"]}
    return part


def noise_of(cost: Mapping[str, Any]) -> str:
    """Say why a thorough measurement is not to be trusted; a quick one promises nothing."""
    if "pace_changed" not in cost:
        return ""
    reasons = [cost["pace_changed"]]
    if "machine" not in cost:  # what others did here says nothing of another machine
        reasons.insert(0, cost.get("contended", ""))
    if cost.get("noisy"):
        reasons.insert(0, f"the medians of five windows differ by {cost['latency_spread']:.0%}")
    return "; ".join(filter(None, reasons))


def _limits(measured: Mapping[str, Any], footprint: Mapping[str, Any]) -> dict[str, Any]:
    limits = {"threads": measured["threads"], "threads_held_by": measured.get("threads_held_by")}
    if "memory_held_by" in footprint:
        limits["memory_mb"] = footprint["memory_mb"]
        limits["memory_held_by"] = footprint["memory_held_by"]
    return limits


def _missing(
    part: Mapping[str, Any], training: Mapping[str, Any], footprint: Mapping[str, Any]
) -> dict[str, str]:
    started = footprint.get("reason") or "this system does not report it"
    reasons = {
        "train_energy_j": training["energy_reason"],
        "macs": "the model does not count them",
        "parameters": "the model does not count them",
        "peak_rss_mb": started,
        "start_up_s": footprint.get("start_up_reason", started),
        "start_up_cpu_s": (
            "the target times its start by the clock alone"
            if part["start_up_s"] is not None
            else footprint.get("start_up_reason", started)
        ),
    }
    few = "too few calls in each window"
    for key in INTERVALS:
        modelled = "a modelled figure has no interval" if part["energy_uj_per_row"] else ""
        reasons[key] = few if key.startswith("latency") else modelled or "no energy was measured"
    return {key: reason for key, reason in reasons.items() if key in part and part[key] is None}
