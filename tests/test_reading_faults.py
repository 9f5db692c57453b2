"""The first bad line of a file is named, with its column and its cell."""

from __future__ import annotations

import pytest

from idsbench.reading_faults import find_fault, shown
from idsbench.reading_source import open_source

COLUMNS = {"a": "number", "b": "text", "c": "hex"}
CELL = "correct the cell or remove the line"
WIDTH = "the line is cut short or has a stray comma"
QUOTE = (
    "a cell has a quote that is not closed, or not doubled inside quotes; "
    "close it, or write it twice inside quotes"
)


def fault(tmp_path, content: bytes, missing=("",)) -> str:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    error = find_fault(open_source(path), COLUMNS, missing)
    return str(error).removeprefix(str(path)).removeprefix(", ").removeprefix(": ")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param(
            b"x,y,1", f"line 3, column a: the cell 'x' is not a number; {CELL}", id="text"
        ),
        pytest.param(
            b"19 00,y,1", f"line 3, column a: the cell '19 00' is not a number; {CELL}", id="blank"
        ),
        pytest.param(
            b"1_000,y,1",
            f"line 3, column a: the cell '1_000' is not a number; {CELL}",
            id="underscore",
        ),
        pytest.param(
            b"1,y,0x1G",
            "line 3, column c: the cell '0x1G' is neither a number nor 0x and hexadecimal digits; "
            f"{CELL}",
            id="hexadecimal",
        ),
        pytest.param(
            b"1,y", f"line 3: has 2 cells where the header has 3 cells; {WIDTH}", id="too few"
        ),
        pytest.param(
            b"1,y,2,", f"line 3: has 4 cells where the header has 3 cells; {WIDTH}", id="too many"
        ),
        pytest.param(
            b"1", f"line 3: has 1 cell where the header has 3 cells; {WIDTH}", id="one cell"
        ),
        pytest.param(
            b"a,b,c", "line 3: the header line is repeated; remove the line", id="second header"
        ),
        pytest.param(b"", "line 3: is blank; remove the line", id="blank line"),
        pytest.param(b'1,"y,2', f"line 3: {QUOTE}", id="unclosed quote"),
        pytest.param(b'1,"y"z,2', f"line 3: {QUOTE}", id="text after a quote"),
        pytest.param(b'1,y"z,2', f"line 3: {QUOTE}", id="quote within a cell"),
        pytest.param(
            b"1,\xe9,2",
            "line 3: has bytes that are not UTF-8; re-save it as UTF-8 (it is probably Latin-1)",
            id="Latin-1",
        ),
        pytest.param(b"1,\0,2", "line 3: has a NUL byte; fetch the file again", id="NUL"),
        pytest.param(
            b"1,y\rz,2",
            "line 3: has a carriage return that does not end the line; remove it",
            id="lone return",
        ),
    ],
)
def test_the_first_bad_line_is_named(tmp_path, lines, message):
    assert fault(tmp_path, b"a,b,c\n1,x,0x2\n" + lines + b"\n5,z,6\nbad,z,6\n") == message


def test_lines_are_counted_through_cells_that_span_lines(tmp_path):
    message = fault(tmp_path, b'a,b,c\n1,"x\n\ny",2\n3,z,4\nbad,z,6\n')
    assert message == f"line 6, column a: the cell 'bad' is not a number; {CELL}"


def test_a_quote_that_swallows_a_long_file_is_found_at_its_start(tmp_path):
    content = b"a,b,c\n1,x,2\n" + b'3,"y,4\n' + b"5,z,6\n" * 40_000
    assert fault(tmp_path, content) == f"line 3: {QUOTE}"


def test_missing_cells_are_no_fault(tmp_path):
    message = fault(tmp_path, b"a,b,c\n?,x,?\n,x,\nbad,x,1\n", missing=("?", ""))
    assert message == f"line 4, column a: the cell 'bad' is not a number; {CELL}"


def test_a_long_cell_is_cut_and_made_printable():
    assert shown("\x1b[31m" + "x" * 60) == "'?[31m" + "x" * 35 + "…'"


def test_a_file_without_a_bad_line_is_refused_without_a_line(tmp_path):
    message = fault(tmp_path, b"a,b,c\n1,x,2\n\n")
    assert message == "is not a well-formed comma-separated table; re-save it as CSV"


def test_blanks_are_a_missing_number_where_the_empty_cell_is(tmp_path):
    content = b"a,b,c\n  ,x,1\nbad,x,1\n"
    assert fault(tmp_path, content).startswith("line 3, column a: the cell 'bad'")
    assert fault(tmp_path, content, missing=()).startswith("line 2, column a: the cell '  '")
