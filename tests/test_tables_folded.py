"""Wide tables fit a narrow terminal, whole and readable."""

from __future__ import annotations

import re

import pytest

from idsbench import tables
from idsbench.tables_fitted import UNLIMITED
from idsbench.tables_folded import blocks, folded, wrapped, wrapped_lines

ROWS = [
    {
        "name": f"model-{n}-boosted",
        "target": "edge-onnx[precision=int8,threads=4]",
        "rate": 0.12345,
        "range": "0.111 [0.022, 0.692]",
        "bytes": "1.23k",
        "note": "counted over every benign row" if n else "",
    }
    for n in range(3)
]
NUMBERS = {"0.1235", "0.111", "[0.022,", "0.692]", "1.23k"}


def _widest(text):
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_folded_table_is_no_wider_than_the_terminal_and_cuts_no_number(width):
    text = folded(ROWS, "table", width)
    assert _widest(text) <= width
    assert set(text.replace(";", " ").split()) >= NUMBERS


@pytest.mark.parametrize("width", [50, 60, 80, 100])
def test_blocks_are_no_wider_than_the_terminal_and_every_column_stands_in_one(width):
    text = blocks(ROWS, ["name", "target"], {"name", "target", "note"}, width)
    assert text is not None
    assert _widest(text) <= width
    headers = [part.splitlines()[0].split() for part in text.split("\n\n")]
    assert all(one[0] == "name" for one in headers)
    own = [name for one in headers for name in one if name not in ("name", "target")]
    assert own == ["rate", "range", "bytes", "note"]
    assert len(re.findall(r"0\.111 \[0\.022, 0\.692\]", text)) == 3


def test_a_row_that_says_nothing_in_a_later_block_is_left_out_there():
    rows = [
        {"#": "1", "model": "cnn", "rate": "0.1", "range": "[0.1, 0.2]", "flags": "capped-rows"},
        {"#": "2", "model": "dummy", "rate": "0.2", "range": "[0.1, 0.3]", "flags": ""},
    ]
    assert blocks(rows, ["#", "model"], {"model", "flags"}, 32) == (
        "#    model    rate    range\n"
        "---  -------  ------  ----------\n"
        "1    cnn      0.1     [0.1, 0.2]\n"
        "2    dummy    0.2     [0.1, 0.3]\n"
        "\n"
        "#    model    flags\n"
        "---  -------  -----------\n"
        "1    cnn      capped-rows"
    )


def test_where_no_block_fits_there_is_none():
    assert blocks(ROWS, ["name", "target"], {"name", "target"}, 20) is None


@pytest.mark.parametrize("fmt", ["markdown", "csv", "json", "latex"])
def test_formats_for_files_are_never_folded(fmt):
    assert folded(ROWS, fmt, 30) == tables.render(ROWS, fmt)


def test_without_a_terminal_nothing_is_folded():
    rows = [{"name": "cnn", "what": "word " * UNLIMITED}]
    assert folded(rows, "table", UNLIMITED) == tables.render(rows, "table")
    assert wrapped(rows[0]["what"], UNLIMITED) == rows[0]["what"]


def test_prose_is_wrapped_at_words_and_what_goes_on_is_indented():
    lines = ["  AUC: area under the curve", "short"]
    assert wrapped_lines(lines, 16) == "  AUC: area\n    under the\n    curve\nshort"
