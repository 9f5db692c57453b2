"""A second opinion on the readings that the library mlscorecheck knows: one class, one test set.

Its verdict stands beside ours. It widens every bound by a numerical tolerance, so it may accept
what exact arithmetic refuses, never the reverse.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from idsbench.claims_bounds import PRINTED, unit_of
from idsbench.claims_file import Claim
from idsbench.claims_mix import value_of
from idsbench.claims_scores import Sizes

KNOWN = {
    "accuracy": "acc",
    "precision": "ppv",
    "recall": "sens",
    "f1": "f1p",
    "balanced_accuracy": "bacc",
    "specificity": "spec",
    "fpr": "spec",
}
MOST_ROWS_UNFILTERED = 20_000
"""The library goes through one class row by row unless three scores narrow it down."""


def second_opinion(claim: Claim, scoring: str, sizes: Sizes, printed: str) -> str | None:
    """Ask mlscorecheck whether the printed scores are consistent on this test set.

    Returns:
        "consistent" or "inconsistent"; None for readings that it does not know, and where the
        answer would take too long.
    """
    if scoring not in ("attack", "swapped"):
        return None
    scores, units = {}, {}
    for name, theirs in KNOWN.items():
        value = value_of(claim, name)
        if value is not None:
            scores[theirs] = 1 - value if name == "fpr" else value
            unit = float(unit_of(claim, name))
            units[theirs] = unit / 2 if printed == PRINTED[0] else unit
    small = min(sizes.attack, sizes.benign) <= MOST_ROWS_UNFILTERED
    if not scores or (len(scores) < 3 and not small):
        return None
    attack, benign = sizes.attack, sizes.benign
    p, n = (benign, attack) if scoring == "swapped" else (attack, benign)
    return "inconsistent" if _inconsistent({"p": p, "n": n}, scores, units) else "consistent"


def _inconsistent(testset: dict[str, int], scores: dict[str, float], eps: dict[str, float]) -> bool:
    from mlscorecheck.check.binary import check_1_testset_no_kfold  # type: ignore[import-untyped]

    with _quiet():
        result = check_1_testset_no_kfold(testset=testset, scores=scores, eps=eps)
    return bool(result["inconsistency"])


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the library's log, which it sends to standard error at every step."""
    log = logging.getLogger("mlscorecheck")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
