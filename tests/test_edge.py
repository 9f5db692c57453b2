"""docs/edge.md: what it says is hosted is hosted, and its figures come of its command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from idsbench.catalog import load_catalog
from idsbench.cli import main
from idsbench.hosting import hosting
from idsbench.selection import select

PAGE = Path(__file__).resolve().parents[1] / "docs" / "edge.md"
FIGURES = "| data | model | featurizer | target | status | FPR | ΔFPR | AUC | ΔAUC | bytes |"
HOSTS = "| model | edge-onnx | edge-onnx[precision=int8] | edge-litert |"
NAMED = ("edge-onnx", "edge-onnx[precision=int8]", "edge-litert")
TREES = "hist-gradient-boosting"


def _table(header: str) -> list[list[str]]:
    _, found, rest = PAGE.read_text(encoding="utf-8").partition(header)
    assert found
    lines = rest.splitlines()[2:]
    rows = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


@pytest.fixture(scope="module")
def records(real_data, tmp_path_factory) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Run a part of the page's command, and boosted trees; give records by model, input, target."""
    text = PAGE.read_text(encoding="utf-8")
    command = re.findall(r"^```sh\n(idsbench .*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    words = shlex.split(command.replace("\\\n", " "))
    place = words.index("--featurizers")
    del words[place : place + 2]  # each model's own, which for the network is `image`
    small = {"--datasets": "iotid20", "--models": f"cnn-keras,{TREES}"}
    for flag, value in {**small, "--data-dir": str(real_data)}.items():
        words[words.index(flag) + 1] = value
    words[words.index("--targets") + 1] = "cpu,edge-onnx,edge-litert[precision=int8]"
    results = tmp_path_factory.mktemp("results")
    assert main([*words[1:], "--results", str(results)]) == 0
    read = [json.loads(path.read_text()) for path in results.glob("*.json")]
    return {(one["model"], one["featurizer"], one["target"]): one for one in read if "cell" in one}


def test_the_table_of_hosts_is_what_the_plan_says():
    catalog = load_catalog()
    targets = [select(catalog, "target", name)[0] for name in NAMED]
    said = {}
    for names, *answers in _table(HOSTS):
        said |= dict.fromkeys(re.findall(r"`([^`]+)`", names), tuple(answers))
    found = {
        model.name: tuple(
            "no" if hosting(target, model.name, model.traits.offers)[1] else "yes"
            for target in targets
        )
        for model in catalog.components("model")
    }
    assert said == found


def test_boosted_trees_decide_in_onnx_as_they_do_natively(records):
    found = records[TREES, "table", "edge-onnx"]
    assert (found["status"], found["parity"]["agreement"]) == ("ok", 1.0)
    assert found["parity"]["largest_score_change"] < 1e-5
    assert abs(found["parity"]["auc_change"]) < 1e-4


def test_a_pair_that_cannot_be_is_skipped_and_says_what_would_do(records):
    found = records[TREES, "table", "edge-litert[precision=int8]"]
    assert (found["status"], found["reason"]) == (
        "skipped",
        f"the model '{TREES}' does not export litert-int8, which edge-litert[precision=int8] runs: "
        "use edge-onnx",
    )


def test_int8_is_small_calibrated_with_both_sides_and_runs_without_its_framework(records):
    litert = records["cnn-keras", "image", "edge-litert[precision=int8]"]
    native = records["cnn-keras", "image", "cpu"]
    assert litert["size_bytes"] < 0.4 * native["size_bytes"]
    assert sum(litert["calibration_rows"].values()) == 512
    assert min(litert["calibration_rows"].values()) >= 64
    assert litert["peak_rss_mb"] < 150 < native["peak_rss_mb"]
    assert set(litert["environment"]["libraries"]) >= {"ai-edge-litert"}


def test_the_figures_of_the_page_are_what_the_command_gives(records):
    rows = [
        row
        for row in _table(FIGURES)
        if row[:4] == ["iotid20", "cnn-keras", "image", "edge-litert"]
    ]
    assert len(rows) == 1
    for _, model, featurizer, target, status, fpr, _, auc, auc_change, size in rows:
        record = records[model, featurizer, f"{target}[precision=int8]"]
        assert record["status"] == status
        assert float(fpr) == pytest.approx(record["fpr"], abs=0.03)
        assert float(auc) == pytest.approx(record["auc_roc"], abs=0.03)
        assert float(auc_change) == pytest.approx(record["parity"]["auc_change"], abs=0.03)
        assert int(size.split()[0].replace(",", "")) == pytest.approx(
            record["size_bytes"], rel=0.01
        )
