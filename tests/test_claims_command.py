"""The command `claims` answers in every format, ends with 0, and tells a wrong file in one line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

from idsbench.cli import main
from idsbench.tables import FORMATS

GOOD = """
claim = "mine"
paper = "me"
unit = "fraction"
days = 2
counts.original = { attack = 100, benign = 300 }
[[rows]]
name = "a row"
scores = { accuracy = 0.98, recall = 0.95, fpr = 0.01 }
"""
BAD = GOOD.replace("accuracy = 0.98", "accuracy = 0.80").replace("a row", "an impossible row")


@pytest.fixture
def file(tmp_path):
    """Write a file of claims."""

    def write(text: str) -> str:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def _call(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(["claims", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("text", [GOOD, BAD], ids=["consistent", "impossible"])
def test_the_exit_code_is_zero_whatever_is_found(file, capsys, text):
    code, out, err = _call(capsys, file(text), "--format", "json")
    assert (code, err) == (0, "")
    assert [row["verdict"] for row in json.loads(out)] == [
        "consistent" if text is GOOD else "impossible"
    ]


def test_json_has_the_numbers_and_every_reading(file, capsys):
    (row,) = json.loads(_call(capsys, file(GOOD), "--format", "json")[1])
    assert (row["claim"], row["paper"], row["row"]) == ("mine", "me", "a row")
    assert (row["accuracy"], row["precision"]) == (0.98, None)
    assert (row["false_alarms"], row["false_alarms_per_day"]) == (3.0, 1.5)
    assert [one["scores"] for one in row["readings"]] == [
        *("attack", "normal", "swapped", "macro", "weighted")
    ]
    first = row["readings"][0]
    assert (first["plain"], first["possible"], first["mlscorecheck"]) == (True, True, "consistent")


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_tells_verdict_and_reason(file, capsys, fmt):
    code, out, _ = _call(capsys, file(BAD), "--format", fmt)
    assert code == 0
    assert "impossible" in out
    words = " ".join(out.replace("\\", "").split())
    assert "with FPR 0.01 and accuracy 0.80 recall is at most 0.260, printed 0.95" in words


def test_csv_has_one_line_per_row_without_nested_values(file, capsys):
    (row,) = csv.DictReader(io.StringIO(_call(capsys, file(GOOD), "--format", "csv")[1]))
    assert (row["verdict"], row["accuracy"], row["f1"]) == ("consistent", "0.98", "")
    assert "readings" not in row


def test_lines_for_people_fit_the_screen(file, capsys):
    out = _call(capsys, file(BAD))[1]
    assert max(map(len, out.splitlines())) <= 100


def test_a_name_cannot_send_codes_to_the_terminal(file, capsys):
    out = _call(capsys, file(GOOD.replace("a row", "a\\u001b[31mrow")))[1]
    assert "\x1b" not in out


def test_a_wrong_file_is_one_line_and_exit_code_2(file, capsys):
    path = file(GOOD.replace("0.98", "98.0"))
    assert _call(capsys, path) == (
        2,
        "",
        f"idsbench: {path}: [rows 1.scores]: accuracy = 98.0 is no fraction from 0 to 1; "
        'for percent write unit = "percent"\n',
    )


def test_the_library_says_nothing_of_its_own(file):
    command = [sys.executable, "-m", "idsbench.cli", "claims", file(GOOD), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout)[0]["readings"][0]["mlscorecheck"] == "consistent"
