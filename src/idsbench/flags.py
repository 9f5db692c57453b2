"""The vocabulary of flags: what a reader must know before trusting a record's scores."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

LEAKED_SHARE = 0.01
RELIABLE_GROUPS = 20
EDITED = "edited"

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        EDITED: "The file was changed after its run wrote it (its seal does not fit): "
        "it is never ranked.",
        "stand-in": "The rows were generated; scores say nothing about real detectors.",
        "balanced-before-split": "The whole table was resampled before it was split, so test rows "
        "are not the captured mix and may be made from training rows.",
        "scaled-before-split": "Scaling was fitted on the whole table, test rows included.",
        "synthetic-test-rows": "Some test rows were made by a sampler; fpr_real leaves them out.",
        "leaked-rows": "More than 1 % of the test rows equal a training row or share a parent "
        "with a synthetic one.",
        "endpoints-as-features": "Addresses or ports were features: the model can learn hosts "
        "instead of behaviour.",
        "identifiers-as-features": "Flow ids, stream ids or timestamps were features: the model "
        "can learn the capture instead of behaviour.",
        "one-column-shortcut": "One feature alone tells attack from benign with a balanced accuracy "
        "of at least 0.9: a score may say no more than that.",
        "benign-single-capture": "One interval of time or one group holds the benign rows and almost "
        "no attack, so no split tests other benign traffic.",
        "label-ordered-rows": "The rows lie in a few runs of one label: whatever looks at "
        "neighbouring rows is told the class.",
        "groups-on-two-sides": "More than 1 % of the test rows belong to a group that has training "
        "rows: the test is not on new sessions.",
        "conflicting-labels": "Equal feature vectors carry different labels, so no model can be "
        "right on more of the rows than accuracy_ceiling says.",
        "class-collapse": "Ten feature vectors hold more than half of the rows of some class.",
        "impossible-values": "Some columns hold values that no flow can have, such as flows without "
        "a packet from their initiator.",
        "constant-columns": "Some features have one value in every training row.",
        "repeated-columns": "Some features are equal in every training row.",
        "misnamed-file": "A file goes by the name of another: what the name says of its rows is wrong.",
        "rows-are-packets": "A row is one packet, not a flow: rates are per packet.",
        "class-missing-in-part": "A class has too few groups, or times, to be in every part of the "
        "split; rows.notes in the record name it.",
        "group-missing": "The file lacks the group column; clusters are rows with equal features.",
        "interval-unreliable": "The FPR interval rests on fewer than 20 groups of benign rows.",
        "few-benign-validation": "Validation holds too few benign rows to choose a threshold for "
        "an FPR of 1 %.",
        "constant-scores": "Every test row got the same score: the detector saw nothing.",
        "capped-training-rows": "The model was trained on a part of the training rows.",
        "modelled-energy": "Energy was computed from a model of the device, not measured; "
        "it is never ranked.",
        "noisy-machine": "Other work, a slower machine or jumping latencies disturbed the measurement.",
        "nondeterministic": "Two trainings from the same seed may differ.",
    }
)


def known(flag: str) -> bool:
    """Whether a flag is in the vocabulary.

    >>> known("stand-in"), known("standin")
    (True, False)
    """
    return flag in FLAGS


def score_flags(row: Mapping[str, Any]) -> list[str]:
    """Give the flags that follow from a record's own values, in the vocabulary's order.

    A key that is missing or None raises no flag.

    >>> score_flags({"variant": "stand-in", "fpr_low": 0.0, "n_benign_groups": 3})
    ['stand-in', 'interval-unreliable']
    """
    rows, groups = row.get("rows_test") or 0, row.get("n_benign_groups")
    unchosen = row.get("fpr") is not None and row.get("achieved_fpr_1pct") is None
    raised = {
        "stand-in": row.get("variant") == "stand-in",
        "synthetic-test-rows": bool(row.get("synthetic_share_benign")),
        "leaked-rows": (row.get("leaked_rows") or 0) > LEAKED_SHARE * rows,
        "group-missing": row.get("fpr_interval") == "cluster:vector",
        "interval-unreliable": row.get("fpr_low") is not None
        and groups is not None
        and groups < RELIABLE_GROUPS,
        "few-benign-validation": unchosen,
        "modelled-energy": row.get("energy_method") == "model"
        and row.get("energy_uj_per_row") is not None,
    }
    return [flag for flag in FLAGS if raised.get(flag)]
