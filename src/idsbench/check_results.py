"""What a results repository checks on every pull request: records as they were written, by the rules.

Two divisions. In the closed one a suite fixes data, protocol, seeds and the threshold rule, and
detectors compete; in the open one everything may differ, and records must only be true to
themselves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench.errors import StoreError
from idsbench.metrics import DECISION_THRESHOLD
from idsbench.store import read_record, record_names
from idsbench.suite_file import Suite
from idsbench.verify import Finding, Verified, verify

Row = Mapping[str, Any]
DIVISIONS = ("closed", "open")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?\Z")
_PARAMETERS = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Closed:
    """What the closed division fixes.

    Args:
        suite: says datasets, tasks, protocols and seeds.
        data: SHA-256 sums of the data that may be used; empty where all of one dataset's records
            must only agree.
    """

    suite: Suite
    data: tuple[str, ...] = ()


def check(folder: Path, closed: Closed | None) -> Verified:
    """Verify all records of a folder and, in the closed division, hold them against the suite.

    Raises:
        StoreError: the folder does not exist.
    """
    verified = verify(folder)
    findings = list(verified.findings)
    records = list(_readable(folder))
    for record in records:
        findings += [Finding(record["cell"], what) for what in _states(record)]
        if closed:
            findings += [Finding(record["cell"], what) for what in _breaches(record, closed)]
    if closed:
        findings += [*_missing_seeds(records, closed), *_several_data(records)]
    return Verified(
        verified.records, verified.recomputed, verified.without_evidence, tuple(findings)
    )


def _readable(folder: Path) -> Iterator[Row]:
    for name in record_names(folder):
        try:
            yield read_record(folder / name)
        except StoreError:
            continue  # verify has said what is wrong with it


def _states(record: Row) -> Iterator[str]:
    if record["status"] not in ("ok", "skipped"):
        yield f"the cell has no result: {record['status']}"


def _breaches(record: Row, closed: Closed) -> Iterator[str]:
    suite = closed.suite
    if record["status"] != "ok":
        return
    for key, axis, default in (
        ("dataset", "datasets", ""),
        ("task", "tasks", "binary"),
        ("protocol", "protocols", "clean"),
    ):
        allowed = {_bare_dataset(one) for one in _words(suite, axis, default)}
        if _bare_dataset(str(record[key])) not in allowed:
            yield (
                f"the {key} {record[key]} is not of the suite {suite.name} "
                f"({', '.join(sorted(allowed))}): submit to the open division"
            )
    if record["variant"] == "stand-in":
        yield "generated rows are no result: run it on the data"
    if closed.data and record["origin_sha256"] not in closed.data:
        yield f"other data: {record['origin_sha256'][:12]} is none of those that are fixed"
    rule: Row = next(iter(record.get("operating_points") or ({},)))
    if (rule.get("rule"), rule.get("threshold")) not in _THRESHOLDS:
        yield f"other threshold: alarms were decided by {rule.get('rule')} {rule.get('threshold')}"


_THRESHOLDS = (("decision", DECISION_THRESHOLD), ("argmax", None))


def _bare_dataset(text: str) -> str:
    """Drop what says where a dataset's rows come from; other parameters make another selection."""
    return text.replace("[stand-in]", "").replace(",stand-in]", "]")


def _words(suite: Suite, axis: str, default: str) -> Iterator[str]:
    for block in suite.blocks:
        text = block.axes.get(axis, default)
        # A comma inside brackets belongs to a component's parameters.
        yield from (word.strip() for word in re.split(r",(?![^\[]*\])", text) if word.strip())


def _seeds(suite: Suite) -> set[int]:
    found: set[int] = set()
    for word in _words(suite, "seeds", "0"):
        if match := _RANGE.match(word):
            found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found


def _missing_seeds(records: Sequence[Row], closed: Closed) -> Iterator[Finding]:
    """Complain once for each detector that lacks seeds: a mean over chosen seeds is no result."""
    of: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for record in records:
        of[(record["identity"], record["origin_sha256"])].append(record)
    for rows in of.values():
        if all(row["status"] == "skipped" for row in rows):
            continue
        missing = sorted(_seeds(closed.suite) - {row["seed"] for row in rows})
        if missing:
            listed = ", ".join(map(str, missing))
            yield Finding(rows[0]["cell"], f"seeds of the suite are missing: {listed}")


def _several_data(records: Sequence[Row]) -> Iterator[Finding]:
    seen: dict[str, Row] = {}
    for record in records:
        name = _PARAMETERS.sub("", str(record["dataset"]))
        first = seen.setdefault(name, record)
        if first["origin_sha256"] != record["origin_sha256"]:
            yield Finding(record["cell"], f"other data of {name} than those of {first['cell']}")
