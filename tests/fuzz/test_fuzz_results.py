"""Fuzzing of a results folder from a stranger: records, the plan, evidence."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from idsbench import leaderboard, store
from idsbench.evidence import load_evidence
from idsbench.resume import is_finished
from idsbench.rowkeys import ROW_KEYS
from idsbench.tables import FORMATS
from idsbench.verify import verify

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
KEPT = Path(__file__).resolve().parents[1] / "fixtures" / "records" / "schema-1"
RECORDS = sorted(path for path in KEPT.glob("*.json"))
OK = next(path for path in RECORDS if json.loads(path.read_text("utf-8"))["status"] == "ok")
WHOLE = json.loads(OK.read_text("utf-8"))
CELL = OK.stem
EVIDENCE = (KEPT / f"{CELL}.evidence.npz").read_bytes()

ODD = st.sampled_from(
    [10**400, -(2**63), 1e308, float("nan"), float("inf"), "\ud800", "\x1b[2J", "<script>", "=1+1"]
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), ODD)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
PATCHES = st.dictionaries(
    st.one_of(st.sampled_from(sorted(WHOLE)), st.text(max_size=5)), JSON, max_size=4
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that is filled anew for each input."""
    return tmp_path_factory.mktemp("stranger")


def _fill(folder: Path, record: str | bytes, evidence: bytes | None = EVIDENCE) -> Path:
    shutil.rmtree(folder)
    folder.mkdir()
    path = folder / f"{CELL}.json"
    path.write_bytes(record if isinstance(record, bytes) else record.encode("utf-8", "replace"))
    if evidence is not None:
        (folder / f"{CELL}.evidence.npz").write_bytes(evidence)
    return path


def _read_all(promise, folder: Path) -> None:
    """Read a folder in every way that the commands do."""
    promise("resume", lambda: _resume(folder))
    promise("verify", lambda: verify(folder))
    records = promise("records", lambda: store.read_records(folder))
    for form in FORMATS if records else ():
        text = promise(f"leaderboard as {form}", partial(leaderboard.render, records, form))
        assert text is None or text.encode()
        assert form in ("json", "csv") or text is None or "\x1b" not in text


def _resume(folder: Path) -> None:
    known = store.read_finished(folder)
    cell = SimpleNamespace(id=CELL, fingerprint=known.get(CELL, {}).get("fingerprint"))
    is_finished(cell, known, ("failed",), "thorough", "rapl")


@FUZZ
@given(value=JSON)
@example(value={"cell": CELL, "schema": 1})
@example(value={"cell": CELL, "schema": 1.0})
@example(value={"cell": CELL, "schema": True})
@example(value={"cell": CELL, "schema": 2})
@example(value={})
def test_any_json_is_a_record_or_refused(promise, folder, value):
    _fill(folder, json.dumps(value))
    _read_all(promise, folder)


@FUZZ
@given(patch=PATCHES, gone=st.sets(st.sampled_from(sorted(WHOLE)), max_size=3))
@example(patch={"status": "ok", "fpr": None}, gone=set())
@example(patch={"seed": 10**400}, gone=set())
@example(patch={"model": "\ud800"}, gone=set())
@example(patch={"flags": [{}]}, gone=set())
@example(patch={"score_inputs": {"group_name": 3}}, gone=set())
@example(patch={"score_inputs": {"evidence": 3}}, gone=set())
@example(patch={"score_inputs": {"cell": "x"}}, gone=set())
@example(patch={"score_inputs": [1]}, gone=set())
@example(patch={"status": "ok", "score_inputs": None}, gone={"evidence_sha256"})
@example(patch={}, gone={"status", "fingerprint"})
def test_a_record_with_other_values_is_read_or_refused(promise, folder, patch, gone):
    record = {key: value for key, value in {**WHOLE, **patch}.items() if key not in gone}
    _fill(folder, json.dumps(record))
    _read_all(promise, folder)
    record["seal"] = _sealed(record)
    _fill(folder, json.dumps(record))
    found = promise("verify", lambda: verify(folder))
    changed = {key for key in ROW_KEYS if record.get(key) != WHOLE.get(key)}
    if found is not None and changed & {"cell", "identity", "seed", "variant", "origin_sha256"}:
        assert found.findings


def _sealed(record: object) -> str:
    try:
        return store.seal(record)  # type: ignore[arg-type]
    except UnicodeEncodeError:
        return ""


@FUZZ
@given(
    start=st.integers(0, 4000),
    length=st.integers(0, 200),
    bytes_=st.binary(max_size=20),
)
@example(start=0, length=10_000, bytes_=b"[" * 100_000)
@example(start=0, length=10_000, bytes_=b'{"a":' * 50_000)
@example(start=0, length=10_000, bytes_=b"9" * 5000)
@example(start=0, length=10_000, bytes_=b"")
@example(start=0, length=0, bytes_=b"\xef\xbb\xbf")
def test_a_record_with_other_bytes_is_read_or_refused(promise, folder, start, length, bytes_):
    whole = OK.read_bytes()
    _fill(folder, whole[:start] + bytes_ + whole[start + length :])
    _read_all(promise, folder)


@FUZZ
@given(value=JSON)
@example(value={"cells": [{"cell": 1}, {"cell": "1"}]})
@example(value={"cells": {"cell": "x"}})
@example(value={"cells": [{"cell": [1]}]})
@example(value={"cells": [{"cell": "x", "a": float("nan")}]})
@example(value={"cells": [{"cell": "\ud800"}]})
@example(value={"cells": [{"cell": None}]})
def test_any_plan_is_merged_with_this_runs_cells(promise, folder, value):
    _fill(folder, OK.read_bytes())
    (folder / store.PLAN).write_text(json.dumps(value), encoding="utf-8")
    promise("plan.json", lambda: store.merge_plan(folder, [{"cell": CELL}]))
    merged = json.loads((folder / store.PLAN).read_text("utf-8"))
    assert CELL in [cell["cell"] for cell in merged["cells"]]


@FUZZ
@given(
    start=st.integers(0, len(EVIDENCE)),
    length=st.integers(0, 400),
    bytes_=st.binary(max_size=20),
)
@example(start=0, length=len(EVIDENCE), bytes_=b"")
@example(start=len(EVIDENCE) // 2, length=len(EVIDENCE), bytes_=b"")
@example(start=26, length=2, bytes_=b"\xff\xff")
def test_evidence_with_other_bytes_is_read_or_refused(promise, folder, start, length, bytes_):
    changed = EVIDENCE[:start] + bytes_ + EVIDENCE[start + length :]
    _fill(folder, OK.read_bytes(), changed)
    promise("evidence", lambda: load_evidence(folder / f"{CELL}.evidence.npz"))
    found = promise("verify", lambda: verify(folder))
    assert bool(found.findings) == (changed != EVIDENCE)
