"""A file is cut into batches of whole lines, measured and worked on in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from idsbench import reading_batches
from idsbench.reading_batches import Batch, Shape, batches, measure
from idsbench.reading_source import Form, open_source

CONTENT = b"a,b\r\n1,2\r\n3,4\r\n"


def cut(folder: Path, content: bytes, form: Form | None = None) -> list[Batch]:
    path = folder / "t.csv"
    path.write_bytes(content)
    return list(batches(open_source(path, form or Form())))


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        pytest.param(CONTENT, Shape(2, 2, 0, True, False), id="plain"),
        pytest.param(CONTENT[:-1], Shape(2, 2, 0, False, False), id="a lone return at the end"),
        pytest.param(CONTENT[:-2], Shape(2, 2, 0, True, False), id="no line end at the end"),
        pytest.param(CONTENT + b"\r\n\n", Shape(2, 2, 2, True, False), id="blank lines at the end"),
        pytest.param(b'a,b\n1,"x,\ny"\n', Shape(1, 1, 0, True, False), id="quoted signs"),
        pytest.param(b'a,b\n1,"x""y"\n', Shape(1, 1, 0, True, False), id="doubled quote"),
        pytest.param(b'a,b\n1,x"y"\n', Shape(1, 1, 0, False, False), id="quotes within a cell"),
        pytest.param(b'a,b\n1,"x"y\n', Shape(1, 1, 0, False, False), id="text after a quote"),
        pytest.param(b"a,b\n1,\0\n", Shape(1, 1, 0, False, False), id="NUL"),
        pytest.param(b"a,b\n1,\rx\r\n", Shape(1, 1, 0, False, False), id="lone return"),
        pytest.param(b"a,b\n1,", Shape(1, 1, 0, True, True), id="comma at the end"),
        pytest.param(b"a,b\n", Shape(0, 0, 0, True, False), id="no rows"),
        pytest.param(b"a,b\n\n\n", Shape(0, 0, 2, True, False), id="only blank lines"),
    ],
)
def test_counting_bytes_measures_a_batch(tmp_path, content, shape):
    (only,) = cut(tmp_path, content)
    assert only.last
    assert measure(only) == shape


def test_an_unclosed_quote_is_not_sound(tmp_path):
    (only,) = cut(tmp_path, b'a,b\n1,"x\n2,y\n')
    assert not measure(only).sound


@pytest.mark.parametrize("form", [Form(), Form("none", ("a", "b"))], ids=["header", "no header"])
def test_batches_are_whole_records_and_together_the_file(tmp_path, monkeypatch, form):
    rows = b'2,z\r\n1,"x\n"",y"\r\n' * 20
    for size in range(1, 40):
        monkeypatch.setattr(reading_batches, "BATCH", size)
        parts = cut(tmp_path, (b"" if form.names else b"a,b\r\n") + rows, form)
        assert b"".join(part.data for part in parts) == rows
        assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
        assert all(part.data.count(b'"') % 2 == 0 for part in parts)
        assert sum(measure(part).rows for part in parts) == 40


def test_counts_do_not_depend_on_where_a_batch_is_cut_into_chunks(tmp_path, monkeypatch):
    for content in (b'a,b\r\n1,"x\r\n"",y"\r\n' * 20, b"a,b\n" + b"1,2\n" * 30):
        (only,) = cut(tmp_path, content)
        whole = measure(only)
        for size in range(1, 9):
            monkeypatch.setattr(reading_batches, "CHUNK", size)
            assert measure(only) == whole


def test_a_quote_that_never_closes_does_not_read_a_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_batches, "BATCH", 8)
    monkeypatch.setattr(reading_batches, "LONGEST", 64)
    parts = cut(tmp_path, b'a,b\n1,"x\n' + b"1,2\n" * 1000)
    assert len(parts[0].data) < 100
    assert not measure(parts[0]).sound


def test_a_byte_order_mark_before_rows_is_no_part_of_them(tmp_path):
    (only,) = cut(tmp_path, b"\xef\xbb\xbf1,2\n3,4\n", Form("none", ("a", "b")))
    assert only.data == b"1,2\n3,4\n"
