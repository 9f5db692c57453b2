"""The committed results: valid records, no evidence, and pages that follow from the records."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from idsbench.catalog import load_catalog
from idsbench.store import LEADERBOARD, read_records
from idsbench.suite import choose, find_suite
from idsbench.suite_plan import Place, plan_suite
from idsbench.verify import verify

RESULTS = Path(__file__).resolve().parents[1] / "results"
SUITES = ("iotid20-mobilenet", "mqttset-cnn")
RECORD = re.compile(r"[0-9a-f]{16}\.json\Z")
MADE = {
    "README.md",
    "plan.json",
    LEADERBOARD,
    "PUBLISHED.md",
    "WORTH.md",
    "worth.svg",
    "worth.json",
}
OWN_FOLDER = re.compile(r"[\"'\s:(](?:/home|/root|/tmp|/work|/Users|/mnt|[A-Z]:\\)")


@pytest.fixture(params=SUITES)
def folder(request: pytest.FixtureRequest) -> Path:
    """Give the folder of each suite."""
    return RESULTS / request.param


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate_results", RESULTS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _bare(spec: Any) -> str:
    return re.sub(r"\[[^\]]*\]", "", spec)


def test_each_suite_has_its_folder():
    assert [place.name for place in _generate().folders()] == list(SUITES)


def test_records_fit_their_schema_and_their_names_fit_their_cells(folder):
    found = verify(folder)
    assert found.findings == ()
    assert found.records > 0


def test_nothing_but_records_and_pages_is_committed(folder):
    names = {path.name for path in folder.iterdir()}
    assert {name for name in names if not RECORD.match(name)} - {".lock"} == MADE


def test_the_plan_lists_the_cells_of_the_records_and_no_others(folder):
    planned = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["cells"]
    assert {cell["cell"] for cell in planned} == {row["cell"] for row in read_records(folder)}


def test_every_page_is_what_the_records_give(folder):
    for name, text in _generate().pages(folder).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: results/generate.py"


def test_every_record_is_of_the_excerpt_and_ok(folder):
    states = {(row["variant"], row["status"]) for row in read_records(folder)}
    assert states == {("excerpt", "ok")}


def test_no_file_names_a_folder_of_the_machine_that_made_it(folder):
    for path in folder.iterdir():
        if path.suffix in (".json", ".md", ".svg"):
            assert not OWN_FOLDER.search(path.read_text(encoding="utf-8")), path.name


def _combinations(rows: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    names = ("protocol", "sampler", "featurizer", "model", "target")
    return {(*(_bare(row[name]) for name in names), row["seed"]) for row in rows}


def test_the_records_are_those_of_the_suites_quick_preset(folder):
    suite = find_suite(folder.name)
    plan = plan_suite(load_catalog(), choose(suite, "quick", {}), Place(suite.name))
    planned = [
        {
            **{"protocol": cell.protocol.text, "sampler": cell.sampler.text},
            **{"featurizer": cell.featurizers.text, "model": cell.model.text},
            **{"target": cell.target.text, "seed": cell.seed},
        }
        for cell in plan.cells
    ]
    assert _combinations(read_records(folder)) == _combinations(planned)


def test_the_page_tells_the_command_that_made_the_records(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"idsbench run {folder.name} --preset quick --data-dir " in text


def test_the_best_setting_of_the_cnn_reaches_95_percent_under_clean():
    rows = [
        row
        for row in read_records(RESULTS / "mqttset-cnn")
        if row["model"].startswith("cnn") and row["protocol"] == "clean"
    ]
    best = [row["accuracy"] for row in rows if "scale=quantile" in row["featurizer"]]
    minmax = [row["accuracy"] for row in rows if row["featurizer"] == "image"]
    assert len(best) >= 3
    assert min(best) >= 0.95
    assert max(minmax) < min(best)
