"""Recompute what a results folder claims: ids from cells, metrics from evidence, seals from records.

It needs no plugin and no data. What it cannot know is whether evidence was made honestly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench import metrics
from idsbench.cache import file_digest
from idsbench.cells import cell_id
from idsbench.errors import IdsbenchError, StoreError
from idsbench.evidence import load_evidence
from idsbench.record_schema import problems_of
from idsbench.store import read_record, record_names, seal

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Finding:
    """One thing wrong with one record."""

    cell: str
    what: str


@dataclass(frozen=True)
class Verified:
    """What was checked: records, those whose metrics were recomputed, and the findings."""

    records: int
    recomputed: int
    without_evidence: int
    findings: tuple[Finding, ...]


def verify(folder: Path) -> Verified:
    """Check every record of a results folder.

    Raises:
        StoreError: the folder does not exist.
    """
    findings: list[Finding] = []
    recomputed = missing = 0
    names = record_names(folder)
    for name in names:
        try:
            record = read_record(folder / name)
        except StoreError as error:
            findings.append(Finding(name[:16], str(error)))
            continue
        found = list(_check_record(record))
        evidence = folder / f"{name[:16]}.evidence.npz"
        # A record that breaks the schema cannot be recomputed; its findings say why.
        if record.get("status") == "ok" and not found:
            if evidence.is_file():
                recomputed += 1
                found = list(_check_evidence(record, evidence))
            else:
                missing += 1
        findings += [Finding(name[:16], what) for what in found]
    return Verified(len(names), recomputed, missing, tuple(findings))


def _check_record(record: Mapping[str, Any]) -> Iterator[str]:
    yield from problems_of(record)
    if record.get("seal") != seal(record):
        yield "the record was edited after it was written (its seal does not fit)"
    try:
        expected = cell_id(
            record["identity"], record["seed"], record["variant"], record["origin_sha256"]
        )
    except KeyError as error:
        yield f"the key {error} is missing"
        return
    if record["cell"] != expected:
        yield f"its cell should be named {expected} by identity, seed, variant and origin"


def _check_evidence(record: Mapping[str, Any], path: Path) -> Iterator[str]:
    if record["evidence_sha256"] != file_digest(path):
        yield "the evidence is not the one that the record was made from"
    try:
        scores = metrics.measure(
            load_evidence(path), cell=record["cell"], **dict(record["score_inputs"])
        )
    except (IdsbenchError, TypeError) as error:
        yield f"the metrics cannot be recomputed: {error}"
        return
    for key, value in scores.items():
        if not _equal(record.get(key), value):
            yield f"{key} is {record.get(key)!r}, the evidence gives {value!r}"


def _equal(claimed: Any, computed: Any) -> bool:
    if isinstance(computed, float) and isinstance(claimed, int | float):
        return math.isclose(claimed, computed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(computed, Mapping) and isinstance(claimed, Mapping):
        return claimed.keys() == computed.keys() and all(
            _equal(claimed[key], computed[key]) for key in computed
        )
    if isinstance(computed, list) and isinstance(claimed, list):
        pairs = zip(claimed, computed, strict=False)
        return len(claimed) == len(computed) and all(_equal(one, other) for one, other in pairs)
    return bool(claimed == computed)
