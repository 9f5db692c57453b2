"""Reading a CSV keeps every row and every cell, or says what is wrong and where."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from idsbench import reading, reading_batches
from idsbench.errors import DataError
from idsbench.reading import first_null, read_csv

COLUMNS = {"a": "number", "b": "text", "c": "number"}


def written(folder: Path, content: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def rows_of(folder: Path, content: bytes, columns=COLUMNS, **options) -> list[tuple]:
    return read_csv(written(folder, content), columns, **options).rows()


def complaint(path: Path, columns=COLUMNS, **options) -> str:
    """Give the message without the path before it."""
    with pytest.raises(DataError) as caught:
        read_csv(path, columns, **options)
    assert caught.value.__cause__ is None
    return str(caught.value).removeprefix(str(path)).removeprefix(", ").removeprefix(": ")


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(b"a,b,c\n1,x,2\n3,y,4\n", [(1, "x", 2), (3, "y", 4)], id="plain"),
        pytest.param(b"a,b,c\r\n1,x,2\r\n3,y,4\r\n", [(1, "x", 2), (3, "y", 4)], id="CRLF"),
        pytest.param(b"\xef\xbb\xbfa,b,c\n1,x,2\n", [(1, "x", 2)], id="byte-order mark"),
        pytest.param(b"a,b,c\n1,x,2", [(1, "x", 2)], id="no line end at the end"),
        pytest.param(b"a,b,c\n1,x,2\n\n\n", [(1, "x", 2)], id="blank lines at the end"),
        pytest.param(b"c,b,a\n1,x,2\n", [(2, "x", 1)], id="another order of columns"),
        pytest.param(b",a,b,c\n0,1,x,2\n", [(1, "x", 2)], id="index without a name"),
        pytest.param(b"Unnamed: 0,a,b,c\n0,1,x,2\n", [(1, "x", 2)], id="index named by pandas"),
        pytest.param(b'a,b,c\n"1","x,""y""",2\n', [(1, 'x,"y"', 2)], id="quoted cells"),
        pytest.param(b'a,b,c\n1,"x\ny",2\n3,z,4\n', [(1, "x\ny", 2), (3, "z", 4)], id="two lines"),
        pytest.param(b"a,b,c\n-.5,x,1E3\n+5.,y, 7\n", [(-0.5, "x", 1e3), (5, "y", 7)], id="signs"),
        pytest.param(b'a,b,c\n,,1\n2,"",\n', [(None, None, 1), (2, None, None)], id="empty cells"),
        pytest.param(
            b"a,b,c\nnan,nan,NaN\n", [(None, "nan", None)], id="nan is null, as text text"
        ),
    ],
)
def test_well_formed_files_are_read_as_they_stand(tmp_path, content, rows):
    assert rows_of(tmp_path, content) == rows


def test_infinities_stay_infinite(tmp_path):
    inf = float("inf")
    content = b"a,b,c\ninf,x,-inf\nInfinity,y,1\n"
    assert rows_of(tmp_path, content) == [(inf, "x", -inf), (inf, "y", 1)]


def test_nan_beside_infinities_of_both_signs_is_null_and_they_stay(tmp_path):
    rows = rows_of(tmp_path, b"a,b,c\ninf,x,1\n-inf,x,1\nnan,x,1\n")
    assert [row[0] for row in rows] == [float("inf"), float("-inf"), None]


def test_hexadecimal_and_decimal_text_become_numbers(tmp_path):
    content = b"a,b\n0x1F,1\n0X1f,1\n10,1\n0,1\n-1.5,1\n,1\n ,1\n"
    rows = rows_of(tmp_path, content, {"a": "hex", "b": "number"})
    assert [row[0] for row in rows] == [31, 31, 10, 0, -1.5, None, None]


def test_loose_cells_that_are_no_number_become_null(tmp_path):
    rows = rows_of(tmp_path, b"a,b\n19 00,1\n80,1\n 7,1\n0x1,1\n", {"a": "loose", "b": "number"})
    assert [row[0] for row in rows] == [None, 80, 7, None]


def test_missing_cells_are_null_in_columns_of_every_kind(tmp_path):
    kinds = {"a": "number", "b": "text", "c": "hex", "d": "loose"}
    content = b"a,b,c,d\n?,?,?,?\n,,,\n1,x,0x2,3\n"
    assert rows_of(tmp_path, content, kinds, missing=("?", "")) == [
        (None,) * 4,
        (None,) * 4,
        (1, "x", 2, 3),
    ]


def test_an_empty_cell_is_text_where_it_is_not_called_missing(tmp_path):
    content = b"a,b,c\n?,,1\n2,?,3\n"
    assert rows_of(tmp_path, content, missing=("?",)) == [(None, "", 1), (2, None, 3)]
    assert rows_of(tmp_path, b"a,b,c\n1,,2\n", missing=()) == [(1, "", 2)]


def test_an_empty_number_is_an_error_where_it_is_not_called_missing(tmp_path):
    path = written(tmp_path, b"a,b,c\n1,x,2\n,y,4\n")
    assert complaint(path, missing=()) == (
        "line 3, column a: the cell is empty where a number must be; "
        "correct the cell or remove the line"
    )


@pytest.mark.parametrize(
    ("header", "message"),
    [
        pytest.param(
            b"a,B,c", "lacks column b and has unexpected column B; for B, there are: b", id="case"
        ),
        pytest.param(b"a,b", "lacks column c", id="one lacking"),
        pytest.param(b"a,b,c,d,e", "has unexpected columns d, e", id="two unexpected"),
        pytest.param(
            b"b,z1,z2,z3,z4,z5,z6,z7",
            "lacks columns a, c and has unexpected columns z1, z2, z3, z4, z5 and 2 more; "
            "for z1, there are: a, c",
            id="another file",
        ),
    ],
)
def test_a_wrong_header_names_what_is_lacking_and_unexpected(tmp_path, header, message):
    cells = header.count(b",")
    path = written(tmp_path, header + b"\n1" + b",1" * cells + b"\n")
    assert complaint(path) == f"line 1: the header {message}"


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_a_file_may_use_another_separator_than_the_comma(tmp_path, sign):
    content = 'a;b;c\r\n1;"x;,""\ny";2\r\n;,;3\r\n'.replace(";", sign).encode()
    frame = read_csv(written(tmp_path, content), COLUMNS)
    assert frame.rows() == [(1.0, f'x{sign},"\ny', 2.0), (None, ",", 3.0)]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_names_in_a_header_may_stand_in_quotes(tmp_path, sign):
    content = '"a";"b";"c"\n"1";"x";"2"\n'.replace(";", sign).encode()
    assert read_csv(written(tmp_path, content), COLUMNS).rows() == [(1.0, "x", 2.0)]


@pytest.mark.parametrize("header", [b'"a,b,c', b'a,"b"x,c', b'"a"x', b"a,b\rc,d"])
def test_a_header_with_unbalanced_quotes_is_an_error(tmp_path, header):
    path = written(tmp_path, header + b"\n1,2,3\n")
    assert complaint(path).startswith("line 1: has unbalanced quotes or a line end that is a lone")


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_faults_of_such_a_file_are_told_like_those_of_any(tmp_path, sign, word):
    good = "a;b;c\n1;x;2\n".replace(";", sign)
    path = written(tmp_path, (good + f"1{sign}x,2\n").encode())
    assert complaint(path) == (
        "line 3: has 2 cells where the header has 3 cells; "
        f"the line is cut short or has a stray {word}"
    )
    path = written(tmp_path, (good + f'1{sign}x"y{sign}2\n').encode())
    assert complaint(path).startswith("line 3: a cell has a quote that is not closed")
    path = written(tmp_path, (good + f"1,5{sign}x{sign}2\n").encode())
    assert complaint(path) == (
        "line 3, column a: the cell '1,5' is not a number; write decimals with a point, not a comma"
    )


@pytest.mark.parametrize("content", [b"a,b,c\n", b"a,b,c", b"a,b,c\r\n\r\n"])
def test_a_header_without_rows_is_an_error(tmp_path, content):
    assert complaint(written(tmp_path, content)) == "has a header and no rows"


def test_a_repeated_header_is_found_even_where_no_column_is_a_number(tmp_path):
    path = written(tmp_path, b"a,b\nx,1\na,b\n")
    assert complaint(path, {"a": "text", "b": "loose"}) == (
        "line 3: the header line is repeated; remove the line"
    )


def test_a_short_row_is_not_filled_up(tmp_path):
    path = written(tmp_path, b"b,a,c\nx,1,2\ny,3\nz,5,6\n")
    assert complaint(path) == (
        "line 3: has 2 cells where the header has 3 cells; the line is cut short or has a stray comma"
    )


def test_a_short_row_is_found_even_when_another_row_is_too_long(tmp_path):
    path = written(tmp_path, b"a,c,b\n0,0,x\n1,2\n3,4,y,")
    assert complaint(path).startswith("line 3: has 2 cells where the header has 3 cells")


def test_a_bad_last_row_of_many_is_found(tmp_path):
    path = written(tmp_path, b"a,b,c\n" + b"1,x,2\n" * 50_000 + b"1,x,2_0\n")
    assert complaint(path) == (
        "line 50002, column c: the cell '2_0' is not a number; correct the cell or remove the line"
    )


def test_a_file_name_with_pattern_signs_is_one_file(tmp_path):
    written(tmp_path, b"a,b,c\n9,x,9\n", "t1.csv")
    path = written(tmp_path, b"a,b,c\n1,x,2\n", "t[1]*.csv")
    assert read_csv(path, COLUMNS).rows() == [(1, "x", 2)]


def test_no_error_of_the_parser_gets_out(tmp_path, monkeypatch):
    # Nothing is wrong with the file, so this is the message for what the slow pass cannot explain.
    monkeypatch.setattr(reading, "_parsed", lambda *_: None)
    path = written(tmp_path, b"a,b,c\n1,x,2\n")
    assert complaint(path) == "is not a well-formed comma-separated table; re-save it as CSV"


def test_first_null_is_the_index_of_the_first_null(tmp_path):
    frame = read_csv(written(tmp_path, b"a,b,c\n1,x,2\n3,,4\n,,6\n"), COLUMNS)
    assert [first_null(frame, column) for column in COLUMNS] == [2, 1, None]


def mangled(rng: random.Random) -> str:
    """Make a small file with none to three random faults."""
    cells = ["", "x", "y z", '"q"', '"a,b"', '"a""b"', '"l\nm"']
    lines = [
        ",".join([rng.choice(["1", "-2.5", "", '"7"']), rng.choice(cells), rng.choice(cells)])
        for _ in range(rng.randint(1, 5))
    ]
    text = list("a,b,c\n" + "\n".join(lines) + rng.choice(["", "\n", "\n\n"]))
    for _ in range(rng.randint(0, 3)):
        at = rng.randrange(6, max(7, len(text)))
        text[at : at + rng.randint(0, 1)] = rng.choice(["", '"', ",", "\n", "x", "\r", "\0", " "])
    return "".join(text)


@pytest.mark.parametrize("sign", [",", ";"])
def test_what_is_accepted_is_what_a_plain_reader_sees_whatever_the_file(tmp_path, sign):
    columns = {"a": "number", "b": "text", "c": "text"}
    accepted = refused = 0
    unexplained: list[bool] = []
    for seed in range(1500):
        content = mangled(random.Random(seed)).replace(",", sign)
        path = written(tmp_path, content.encode())
        try:
            rows = read_csv(path, columns).rows()
        except DataError as error:
            refused += 1
            unexplained += ["not a well-formed" in str(error)]
            continue
        accepted += 1
        plain = list(csv.reader(io.StringIO(content, newline=""), delimiter=sign))[1:]
        while plain and not plain[-1]:
            plain.pop()
        expected = [
            (float(row[0]) if row[0].strip() else None, *(text or None for text in row[1:]))
            for row in plain
        ]
        assert rows == expected, repr(content)
    assert min(accepted, refused) > 300
    assert not any(unexplained)


def test_rows_do_not_depend_on_the_size_of_batches(tmp_path, monkeypatch):
    content = b'a,b,c\r\n1,"x\r\n"",y",2\r\n,z,inf\r\n' * 1 + b"3,w,4\r\n" * 30 + b"\r\n"
    path = written(tmp_path, content)
    whole = read_csv(path, COLUMNS)
    assert whole.height == 32
    for size in (1, 7, 8, 30, 100):
        monkeypatch.setattr(reading_batches, "BATCH", size)
        assert read_csv(path, COLUMNS).equals(whole)


def test_each_batch_is_told_the_rows_before_it(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_batches, "BATCH", 20)
    path = written(tmp_path, b"a,b,c\n" + b"1,x,2\n" * 50)
    told = list(reading.map_csv(path, COLUMNS, lambda rows, before: (before, rows.height)))
    assert len(told) > 5
    assert [before for before, _ in told] == [
        sum(height for _, height in told[:at]) for at in range(len(told))
    ]


@pytest.mark.parametrize("bad", [b"3,w\n", b"\n", b"x,w,4\n", b'3,"w,4\n', b"3,w,4\0\n"])
def test_a_bad_line_in_a_later_batch_is_found_as_in_the_first(tmp_path, monkeypatch, bad):
    content = b"a,b,c\n" + b"1,x,2\n" * 50 + bad + b"1,x,2\n" * 50
    at_once = complaint(written(tmp_path, content))
    assert at_once.startswith("line 52")
    monkeypatch.setattr(reading_batches, "BATCH", 20)
    assert complaint(written(tmp_path, content)) == at_once


def test_a_wrong_header_of_a_wide_file_is_told_without_listing_all_its_columns(tmp_path):
    path = written(tmp_path, b"x,y\n1,2\n")
    columns = {f"column-{n}": "number" for n in range(30)}
    assert complaint(path, columns) == (
        "line 1: the header lacks columns column-0, column-1, column-2, column-3, "
        "column-4 and 25 more and has unexpected columns x, y"
    )
