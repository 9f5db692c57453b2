"""Comparisons fit the terminal, and lose nothing in it."""

from __future__ import annotations

import pytest

from idsbench import tables
from idsbench.tables_fitted import fitted

ROWS = [
    {"cell": "cnn", "metric": "fpr", "old": 0.5, "why": "would notice +76 % or more, no less"},
    {"cell": "random-forest", "metric": None, "old": None, "why": "the cell is missing in HEAD"},
]


@pytest.mark.parametrize("width", [30, 40, 52, 60, 80])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(width):
    text = fitted(ROWS, "table", width)
    assert max(map(len, text.splitlines())) <= width
    words = {word for row in ROWS for one in row.values() if one for word in str(one).split()}
    assert words <= set(text.replace(";", " ").split())


def test_a_table_that_fits_is_the_table():
    assert fitted(ROWS, "table", 200) == tables.render(ROWS, "table")


@pytest.mark.parametrize("fmt", ["markdown", "csv", "json"])
def test_other_formats_are_never_folded(fmt):
    assert fitted(ROWS, fmt, 30) == tables.render(ROWS, fmt)


def test_the_gate_fits_a_terminal_of_80_columns(results, detector, capsys, monkeypatch):
    from idsbench.cli import main

    base = results("base", detector())
    results("base", detector(keys={"model": f"cnn[{'width=64,' * 9}depth=3]"}))
    head = results("head", detector(luck=1, fpr=0.02))
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["gate", "--baseline", str(base), "--results", str(head)]) == 3
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
