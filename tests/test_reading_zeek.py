"""A Zeek log is read as Zeek writes it, also with three labels in its last field."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from idsbench.errors import DataError
from idsbench.reading_zeek import open_zeek, read_zeek

HEAD = "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tservice\tbytes\ttunnel"
PLAIN = HEAD + "\n1.5\thttp\t10\tt1\n2.5\t-\t-\t(empty)\n#close\t2020-01-01\n"
JOINT = HEAD + "   label   detail\n1.5\thttp\t10\t-   Benign   -\n2.5\t-\t7\t-   Malicious   C&C\n"
KINDS = {"ts": "number", "service": "text", "bytes": "number", "tunnel": "text"}


def written(folder: Path, text: str) -> Path:
    path = folder / "conn.log"
    path.write_bytes(text.encode())
    return path


def complaint(path: Path, kinds: dict[str, str] | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read_zeek(path, kinds or KINDS)
    return str(caught.value).removeprefix(str(path)).removeprefix(", ").removeprefix(": ")


def test_unset_and_empty_fields_are_null_and_comments_are_no_rows(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    assert read_zeek(path, KINDS).rows() == [(1.5, "http", 10, "t1"), (2.5, None, None, None)]
    assert open_zeek(path).first == 5


def test_an_empty_cell_is_null_too(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN.replace("http", ""))
    assert read_zeek(path, KINDS).item(0, "service") is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_three_fields_in_the_last_one_become_three_columns(tmp_path: Path, end: str) -> None:
    kinds = {**KINDS, "label": "text", "detail": "text"}
    path = written(tmp_path, JOINT.replace("\n", end))
    assert read_zeek(path, kinds).rows() == [
        (1.5, "http", 10, None, "Benign", None),
        (2.5, None, 7, None, "Malicious", "C&C"),
    ]


def test_a_packed_log_is_read_like_a_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "conn.log.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    assert read_zeek(path, KINDS).equals(read_zeek(written(tmp_path, PLAIN), KINDS))


def test_a_quote_is_a_sign_like_any_other(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN.replace("http", 'ht"tp'))
    assert read_zeek(path, KINDS).item(0, "service") == 'ht"tp'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAIN.replace("\t10", "\tten"), "line 5, column bytes: the cell 'ten' is not a number;"
         " correct the cell or remove the line"),
        (PLAIN.replace("\t10\tt1", "\t10"), "line 5: has 3 cells where the header has 4 cells;"
         " the line is cut short or has a stray tab"),
        (PLAIN.replace("\t10", "\t10\t10"), "line 5: has 5 cells where the header has 4 cells;"
         " the line is cut short or has a stray tab"),
        (PLAIN.replace("\t(empty)", ""), "line 6: has 3 cells where the header has 4 cells;"
         " the line is cut short or has a stray tab"),
        (HEAD + "\n", "has a header and no rows"),
        (PLAIN.replace("#fields", "#fiels"), "has no line #fields, so it is no Zeek log;"
         " give the log as Zeek writes it, not as JSON"),
        ('{"ts": 1}\n', "has no line #fields, so it is no Zeek log;"
         " give the log as Zeek writes it, not as JSON"),
        (PLAIN.replace("service", "ts"), "#fields names ts more than once"),
        (PLAIN.replace("service", "servise"), "line 1: the header lacks column service and has"
         " unexpected column servise; for servise, did you mean service?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert complaint(written(tmp_path, text)) == message


def test_a_row_whose_last_field_is_not_threefold_is_named(tmp_path: Path) -> None:
    kinds = {**KINDS, "label": "text", "detail": "text"}
    path = written(tmp_path, JOINT.replace("-   Malicious   C&C", "-   Malicious"))
    assert complaint(path, kinds) == (
        "line 6: has 5 cells where the header has 6 cells; the line is cut short or has a stray tab"
    )
