"""The keys of a row, in the order of the interface, and which way each score is better."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# One line per topic reads better than the formatter's one line per key.
# fmt: off
ROW_KEYS = (
    "cell", "identity", "fingerprint", "status", "reason",
    "dataset", "variant", "coverage", "origin_sha256",
    "rows_train", "rows_test", "prevalence", "row_unit",
    "task", "protocol", "sampler", "featurizer", "model", "target", "seed",
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc",
    "fpr", "fpr_low", "fpr_high", "fpr_interval", "n_benign", "n_benign_groups",
    "fpr_unseen", "recall_unseen", "seen_share",
    "fpr_real", "synthetic_share_benign", "leaked_rows",
    "auc_roc", "auc_pr",
    "tpr_at_fpr_1pct", "achieved_fpr_1pct", "tpr_at_fpr_0_1pct", "achieved_fpr_0_1pct",
    "accuracy_ceiling", "distinct_share", "false_alarms_per_day",
    "parameters", "macs", "size_bytes", "peak_rss_mb",
    "latency_p50_us", "latency_p95_us", "latency_p99_us",
    "throughput_rows_per_s", "featurize_us_per_row",
    "energy_uj_per_row", "energy_method", "train_energy_j", "train_s", "total_s",
    "flags", "idsbench_version", "plugin_versions", "commit", "machine",
)
EXTRA_KEYS = (
    "fold", "macro_f1", "per_class", "precision_weighted", "recall_weighted", "f1_weighted",
    "code_bytes", "data_bytes", "instructions_per_inference",
    "latency_p50_low_us", "latency_p50_high_us", "latency_p95_low_us", "latency_p95_high_us",
    "latency_p99_low_us", "latency_p99_high_us", "throughput_batch", "start_up_s",
    "energy_uj_low", "energy_uj_high", "train_energy_method",
)
"""Keys that a row has only where its task, protocol or target adds them, or where it was measured."""
PARITY_KEYS = ("agreement", "fpr_change", "auc_change", "mcnemar_p")
"""Keys that a row has where a deployed model was compared with the trained one."""
TOLD_KEYS = ("limits", "noise", "unmeasured")
"""Keys of a measured row that explain its figures."""

_HIGHER = (
    "accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc", "recall_unseen",
    "auc_roc", "auc_pr", "tpr_at_fpr_1pct", "tpr_at_fpr_0_1pct", "throughput_rows_per_s",
    "macro_f1", "precision_weighted", "recall_weighted", "f1_weighted", "agreement",
)
_LOWER = (
    "fpr", "fpr_low", "fpr_high", "fpr_unseen", "fpr_real",
    "achieved_fpr_1pct", "achieved_fpr_0_1pct", "leaked_rows", "false_alarms_per_day",
    "parameters", "macs", "size_bytes", "peak_rss_mb",
    "latency_p50_us", "latency_p95_us", "latency_p99_us", "featurize_us_per_row",
    "energy_uj_per_row", "train_energy_j", "train_s", "total_s",
    "code_bytes", "data_bytes", "instructions_per_inference", "start_up_s",
)
# fmt: on

HIGHER_IS_BETTER: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(_HIGHER, True) | dict.fromkeys(_LOWER, False)
)
"""The keys that rank, and the direction of each. Shares and ceilings describe data: no rank."""

FRACTIONS = frozenset((*_HIGHER, *(key for key in _LOWER if "fpr" in key))) - {
    "throughput_rows_per_s"
}
"""The keys that rank whose values are at most 1."""

ENERGY_KEYS = ("energy_uj_per_row", "train_energy_j")
MEASURED_ENERGY = ("rapl", "nvml", "meter")


def parity_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a record says of its parity with the trained model as flat keys; empty without it.

    >>> parity_values({"parity": {"agreement": 0.99, "fpr_change": 0.01, "mcnemar": {"p": 0.5}}})
    {'agreement': 0.99, 'fpr_change': 0.01, 'auc_change': None, 'mcnemar_p': 0.5}
    """
    found = record.get("parity")
    if not isinstance(found, Mapping):
        return {}
    test = found.get("mcnemar")  # records older than the test lack it
    told = {**found, "mcnemar_p": test.get("p") if isinstance(test, Mapping) else None}
    return {key: _finite(told.get(key)) for key in PARITY_KEYS}


def _finite(value: object) -> float | None:
    """Give a number as it is; None for what a stranger's record may have in its place."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) <= sys.float_info.max else None


def method_key(key: str, row: Mapping[str, Any]) -> str:
    """Name the key that says how an energy was found; older records have one for both energies.

    >>> method_key("train_energy_j", {"train_energy_method": "rapl"}), method_key("fpr", {})
    ('train_energy_method', 'energy_method')
    """
    own = key == "train_energy_j" and "train_energy_method" in row
    return "train_energy_method" if own else "energy_method"
