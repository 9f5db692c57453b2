"""The page on cards is true: its example is read, and it names every key that there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from idsbench.card import parse
from idsbench.card_reading import LISTS
from idsbench.card_table import CardTable
from idsbench.cli import main
from idsbench.tabular import TabularDataset

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "cards.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)


def test_the_example_is_a_card_and_reads_its_table(tmp_path: Path) -> None:
    definition = parse(EXAMPLE, "docs/cards.md")
    path = tmp_path / "flows.csv"
    header = ",".join(definition.schemas["one file"].columns)
    path.write_text(f"{header}\n1000,a,b,80,tcp,-,x,normal\n2000,a,c,?,udp,3,y,scan\n")
    table = TabularDataset(definition).load((path,), "one file")
    assert table.columns == ("proto", "bytes")
    assert table.x.tolist() == [[1, 0], [2, 3]]
    assert table.time is not None
    assert table.time.tolist() == [1, 2]
    assert table.group_name == "src + dst"


def test_every_key_of_a_card_is_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    def listen(table: CardTable) -> None:
        asked.update(table.asked)

    monkeypatch.setattr(CardTable, "finish", listen)
    parse(EXAMPLE + '[[misnamed]]\nfiles = ["x"]\nrows = 3\nsays = "y"\n', "docs/cards.md")
    prose = PAGE.replace(EXAMPLE, "").replace("```", "")
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert asked > {*LISTS, "labels", "written", "many", "says"}
    assert asked - named == set()


def test_what_the_page_says_of_an_audit_is_what_it_prints(real_data: Path, capsys) -> None:
    (command,) = re.findall(r"^idsbench (audit .*)$", PAGE, re.M)
    words = command.replace("../shared/data", str(real_data)).split()
    assert main([*words, "--format", "json"]) == 0
    found = {row["check"]: row["what"] for row in json.loads(capsys.readouterr().out)}
    first, last = re.findall(
        r'prints for `duplicates-across-split`: "(.*?) \[…\](.*?)"', PAGE, re.S
    )[0]
    said = found["duplicates-across-split"]
    assert said.startswith(" ".join(first.split()))
    assert said.endswith(" ".join(last.split()))
