"""docs/edge-devices.md: its command runs on the real excerpt, and its table is what comes of it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from idsbench.cli import main

PAGE = Path(__file__).resolve().parents[1] / "docs" / "edge-devices.md"
HEADER = "| model | target | status | code | constants | instructions | agreement | FPR |"
GCC = "gcc 12.2.0"  # of the page's figures


@pytest.fixture(scope="module")
def records(real_data, tmp_path_factory) -> dict[tuple[str, str], dict[str, Any]]:
    """Run the page's first command; give its records by model and target."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    text = PAGE.read_text(encoding="utf-8")
    command = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    words = shlex.split(command.replace("\\\n", " "))
    words[words.index("--data-dir") + 1] = str(real_data)
    results = tmp_path_factory.mktemp("results")
    main([*words[1:], "--results", str(results)])
    read = [json.loads(path.read_text()) for path in results.glob("*.json")]
    return {(one["model"], one["target"]): one for one in read if "cell" in one}


def _rows() -> list[list[str]]:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(HEADER)
    lines = [line for line in rest.splitlines()[2:12] if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_models_as_c_decide_as_the_trained_ones_do(records):
    found = {key: one for key, one in records.items() if key[1] == "edge-c"}
    assert {one["status"] for one in found.values()} == {"ok"}
    assert len(found) == 3
    assert {one["parity"]["agreement"] for one in found.values()} == {1.0}


def test_what_sixteen_bits_cannot_hold_is_never_a_result(records):
    reasons = {model: one for (model, target), one in records.items() if "int16" in target}
    assert {model: one["status"] for model, one in reasons.items()} == {
        "decision-tree": "invalid",
        "random-forest[trees=20]": "invalid",
        "logistic": "skipped",
    }
    assert all(one["reason"] for one in reasons.values())


def test_the_table_of_the_page_is_what_the_command_gives(records):
    rows = _rows()
    assert {(row[0], row[1]) for row in rows} == set(records)
    for model, target, status, code, constants, instructions, agreement, rate in rows:
        record = records[model, target]
        assert record["status"] == status
        if status == "skipped":
            assert [code, constants, instructions, agreement, rate] == ["-"] * 5
            continue
        assert int(constants.replace(",", "")) == record["data_bytes"]
        assert float(agreement) == pytest.approx(record["parity"]["agreement"], abs=0.01)
        assert float(rate) == pytest.approx(record["fpr"], abs=0.01)
        if record["environment"]["target"]["compiler"] != GCC:
            continue
        assert int(code.replace(",", "")) == record["code_bytes"]
        if record["instructions_per_inference"] is not None:
            counted = int(instructions.replace(",", ""))
            assert counted == pytest.approx(record["instructions_per_inference"], rel=0.05)
