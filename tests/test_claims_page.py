"""docs/claims.md and docs/operating-points.md say what the commands print."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import pytest

from idsbench.card_table import CardTable
from idsbench.claims import check
from idsbench.claims_file import parse_claims
from idsbench.claims_published import shipped_claims
from idsbench.claims_scores import METRICS, SCORINGS
from idsbench.cli import main

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "claims.md").read_text(encoding="utf-8")
POINTS = (DOCS / "operating-points.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    """Check the shipped claims once."""
    return [check(claim) for claim in shipped_claims()]


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_the_example_has_ten_lines_and_the_result_that_the_page_tells(tmp_path, capsys):
    assert len(EXAMPLE.splitlines()) == 10
    path = tmp_path / "example.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert main(["claims", str(path), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["verdict"] == "impossible"
    sentence = row["reason"].partition(", printed 97.50 %.")[0]
    told = sentence[0].lower() + sentence[1:]
    assert f"The row is {row['verdict']}: {told}, and 97.50 % is printed." in _plain(PAGE)


def test_the_table_of_verdicts_is_what_is_found(rows):
    found = [f"| {row['claim']} | {row['row']} | {row['verdict']} |" for row in rows]
    told = re.findall(r"^\| paper-.*$", PAGE, re.M)
    assert sorted(told) == sorted(found)


def test_every_key_of_a_file_is_on_the_page(monkeypatch):
    asked: set[str] = set()

    def listen(table: CardTable) -> None:
        asked.update(table.asked)

    monkeypatch.setattr(CardTable, "finish", listen)
    parse_claims('dataset = "d"\nmodels = "m"\n' + EXAMPLE + 'sampler = "s"\nprotocol = "p"\n', "f")
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    assert asked > {*METRICS, "counts", "rows", "original", "balanced", "source", "protocol"}
    assert asked - named == set()


def test_every_way_to_read_scores_is_on_the_page():
    _, _, table = PAGE.partition("| scores read as |")
    assert re.findall(r"^\| (\w+) \|", table.partition("\n\n")[0], re.M) == list(SCORINGS)


def test_every_key_of_a_row_is_on_the_page(rows):
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(rows[0]) - named == set()


def test_the_python_of_operating_points_gives_what_stands_there():
    result = doctest.testfile(str(DOCS / "operating-points.md"), module_relative=False)
    assert (result.failed, result.attempted) == (0, 11)


def test_the_figures_of_operating_points_are_those_of_the_command(rows):
    by_name = {(row["claim"], row["row"]): row for row in rows}
    text = _plain(POINTS)
    original, balanced = by_name["paper-c", "imbalanced"], by_name["paper-c", "balanced"]
    assert f"{original['false_alarms']:,.0f} false alarms in the week" in text
    assert f"a precision of {original['precision_natural'] * 100:.1f} %" in text
    assert f"a precision of {balanced['precision_natural'] * 100:.0f} %" in text
    assert f"{balanced['false_alarms_per_day']:,.0f} false alarms a day" in text
