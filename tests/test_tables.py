import csv
import io
import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench import tables
from idsbench.errors import RequestError

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), CELLS, min_size=1), min_size=1, max_size=5)
ATTACKS = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\x1b[1m=1", "\uff1d1", "\u200b=1"]


def test_a_terminal_table_aligns_numbers_and_marks_what_is_missing():
    rows = [{"model": "dummy", "fpr": 0.123456}, {"model": "cnn", "fpr": None, "seeds": 3}]
    assert tables.render(rows, "table").splitlines() == [
        "model       fpr    seeds",
        "-------  ------  -------",
        "dummy    0.1235        -",
        "cnn           -        3",
    ]


def test_json_keeps_every_value_and_key_order():
    rows = [{"b": 0.1, "a": None}, {"b": [1, {"x": "é"}], "a": "\x1b[31m"}]
    text = tables.render(rows, "json")
    assert json.loads(text) == rows
    assert text.index('"b"') < text.index('"a"')
    assert text.isascii()
    assert "\x1b" not in text


def test_json_has_no_word_for_what_is_not_a_number():
    with pytest.raises(ValueError, match="not JSON compliant"):
        tables.render([{"fpr": float("nan")}], "json")


def test_csv_keeps_all_digits_and_leaves_missing_cells_empty():
    rows = [{"fpr": 0.1 + 0.2, "n": -3, "x": None, "ok": True, "flags": ["a", "b"], "v": {"k": 1}}]
    lines = tables.render(rows, "csv").splitlines()
    assert lines == ["fpr,n,x,ok,flags,v", '0.30000000000000004,-3,,true,"a, b","{""k"": 1}"']


@pytest.mark.parametrize("attack", ATTACKS)
def test_csv_text_never_starts_a_formula(attack):
    cells = next(csv.reader(io.StringIO(tables.render([{attack: attack}], "csv"))))
    assert cells[0].startswith("'")
    assert tables.render([{"key": [attack, "b"]}], "csv").splitlines()[1].lstrip('"')[0] == "'"


@unhurried
@given(ROWS)
def test_csv_has_one_record_per_row_whatever_the_text(rows):
    parsed = list(csv.reader(io.StringIO(tables.render(rows, "csv"))))
    columns = {key for row in rows for key in row}
    assert [len(line) or len(columns) for line in parsed] == [len(columns)] * (len(rows) + 1)


@unhurried
@given(st.sampled_from(["table", "markdown", "latex"]), ROWS)
def test_no_text_adds_a_line_or_a_control_character(fmt, rows):
    text = tables.render(rows, fmt)
    frame = {"table": 2, "markdown": 2, "latex": 6}[fmt]
    if fmt != "latex":
        assert len(text.split("\n")) == len(rows) + frame
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\r\nb\tc", "a b c"),
        ("bell\x07null\x00", "bellnull"),
        ("\u202egnp.exe", "gnp.exe"),
        ("naïve 数", "naïve 数"),
    ],
)
def test_terminal_codes_and_control_characters_are_stripped(text, left):
    assert tables.plain(text) == left
    assert left in tables.render([{"k": text}], "table")


@unhurried
@given(st.text())
@example("a\\|b")
def test_a_markdown_cell_stays_one_cell(text):
    line = tables.render([{"k": text, "l": "end"}], "markdown").splitlines()[2]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3


def test_markdown_shows_markup_as_text():
    assert tables.markdown_text("[x](javascript:y)") == "[x]\\(javascript:y)"
    assert tables.markdown_text("<img src=x>") == "&lt;img src=x>"
    assert tables.markdown_text("cnn[epochs=5] 0.1 [0, 1]") == "cnn[epochs=5] 0.1 [0, 1]"


def test_latex_commands_in_text_do_nothing():
    text = tables.render([{"a_b": r"\input{x} 5% & #$~^<>"}], "latex")
    assert r"a\_b" in text
    assert (
        r"\textbackslash{}input\{x\} 5\% \& \#\$\textasciitilde{}\textasciicircum{}"
        r"\textless{}\textgreater{}" in text
    )


@pytest.mark.parametrize(
    ("fmt", "text"),
    [
        ("json", "[]"),
        ("csv", ""),
        ("table", "(nothing to show)"),
        ("markdown", "(nothing to show)"),
        ("latex", "(nothing to show)"),
    ],
)
def test_no_rows_are_said_in_each_format(fmt, text):
    assert tables.render([], fmt) == text


def test_an_unknown_format_is_refused_with_the_nearest_name():
    with pytest.raises(RequestError) as caught:
        tables.render([], "markdwon")
    assert str(caught.value) == "--format markdwon is unknown; did you mean markdown?"
