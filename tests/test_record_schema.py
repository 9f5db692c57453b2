"""Records of every status keep their schema, and those that were written long ago stay readable."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from idsbench import leaderboard, store
from idsbench.catalog import Catalog
from idsbench.cells import cell_id
from idsbench.limits import Limits
from idsbench.plan import Plan, Request, make_plan
from idsbench.record import failed, planned
from idsbench.record_schema import problems_of, schema
from idsbench.rowkeys import ROW_KEYS
from idsbench.run import Options, run
from idsbench.values import STATUSES
from idsbench.verify import verify
from idsbench.view import SilentView

FIXTURES = Path(__file__).parent / "fixtures" / "records"
FOLDERS = sorted(path for path in FIXTURES.iterdir())
KEPT = sorted(FIXTURES.glob(f"*/{'[0-9a-f]' * 16}.json"))
RUNS = (
    ("faulty", Limits(), "toy", "ok"),
    ("faulty", Limits(), "toy[fault=skip]", "skipped"),
    ("faulty[fault=raise]", Limits(), "toy", "failed"),
    ("faulty[fault=sleep]", Limits(timeout_s=0.5), "toy", "timeout"),
    ("faulty[fault=allocates]", Limits(memory_mb=500), "toy", "oom"),
    ("faulty[fault=segfault]", Limits(), "toy", "crashed"),
    ("faulty[fault=missing-library]", Limits(), "toy", "not-installed"),
)


def _plan(catalog: Catalog, models: str, datasets: str) -> Plan:
    return make_plan(catalog, Request(models=models, datasets=datasets, baselines=False))


@pytest.mark.parametrize(("models", "limits", "data", "status"), RUNS, ids=[r[-1] for r in RUNS])
def test_a_record_that_is_written_now_keeps_the_schema(
    faults, tmp_path, models, limits, data, status
):
    plan = _plan(faults, models, data)
    (record,) = run(faults, plan, Options(tmp_path, limits=limits), SilentView())
    assert record["status"] == status
    assert problems_of(record) == []
    assert store.read_record(tmp_path / f"{record['cell']}.json") == record


def test_an_invalid_cell_keeps_the_schema(faults, tmp_path):
    cell = _plan(faults, "faulty", "toy").cells[0]
    record = failed(planned(cell, {"idsbench-faults": "0"}), "invalid", "no parity", "measure", {})
    assert problems_of(store.write_record(tmp_path, record)) == []


def test_an_invalid_cell_that_was_scored_may_keep_what_was_found_and_a_failed_one_may_not(faults):
    cell = _plan(faults, "faulty", "toy").cells[0]
    found = {"accuracy": 0.5, "fpr": 0.5, "rows_test": 10, "schema": 1, "seal": "0" * 64}
    for status, problems in (("invalid", 0), ("failed", 3)):
        record = failed(planned(cell, {"idsbench-faults": "0"}), status, "why", "measure", {})
        assert len(problems_of({**record, **found})) == problems


def test_the_schema_is_a_schema_and_asks_for_every_key_of_a_row():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert set(ROW_KEYS) <= set(schema()["required"])


def test_the_schema_knows_every_status():
    assert tuple(schema()["properties"]["status"]["enum"]) == STATUSES


def test_the_kept_records_have_every_status():
    kept = {json.loads(path.read_text("utf-8"))["status"] for path in KEPT}
    assert kept == set(STATUSES)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_kept_record_still_reads_under_its_id(path):
    record = store.read_record(path)
    origin = (record["variant"], record["origin_sha256"])
    assert cell_id(record["identity"], record["seed"], *origin) == path.stem
    assert record["seal"] == store.seal(record)
    assert problems_of(record) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_kept_records_still_verify(folder):
    assert verify(folder).findings == ()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_kept_records_still_show_in_the_leaderboard(folder):
    records = store.read_records(folder)
    rows = json.loads(leaderboard.render(records, "json"))
    assert sorted(row["cell"] for row in rows) == [record["cell"] for record in records]
    text = leaderboard.render(records, "table")
    assert all(f"{status}: faulty" in text for status in STATUSES if status != "ok")


def test_a_record_that_breaks_the_schema_is_told_by_key():
    record = {**store.read_record(KEPT[0]), "fpr": 2, "seed": -1}
    assert problems_of(record) == [
        "fpr: 2 is greater than the maximum of 1",
        "seed: -1 is less than the minimum of 0",
    ]
