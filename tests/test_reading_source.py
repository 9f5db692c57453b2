"""A file is opened and unpacked, or the error says why not."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from idsbench import reading_source
from idsbench.errors import DataError
from idsbench.reading_source import open_source

CONTENT = b"a,b\n1,x\n2,y\n"


def written(folder: Path, content: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def complaint(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        open_source(path)
    return str(caught.value).removeprefix(str(path)).removeprefix(", ").removeprefix(": ")


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(CONTENT), id="gzip"),
        pytest.param(zipped(("t.csv", CONTENT)), id="zip"),
        pytest.param(zipped(("data/", b""), ("data/t.csv", CONTENT)), id="zip with a folder"),
    ],
)
def test_compressed_files_are_unpacked_whatever_their_name(tmp_path, packed):
    source = open_source(written(tmp_path, packed))
    assert source.header == ("a", "b")
    assert source.open().read() == CONTENT


def test_a_plain_file_is_not_held_in_memory(tmp_path):
    source = open_source(written(tmp_path, CONTENT))
    assert source.data is None
    with source.open() as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(
            b"\na,b\n", "starts with a blank line, not with a header", id="blank first line"
        ),
        pytest.param(b"a,b,a\n", "line 1: the header names a more than once", id="doubled name"),
        pytest.param(
            b"a,\xe9\n1,2\n",
            "line 1: has bytes that are not UTF-8; re-save it as UTF-8 (it is probably Latin-1)",
            id="Latin-1",
        ),
        pytest.param(
            "a,b\n1,2\n".encode("utf-16"),
            "line 1: has NUL bytes, so it is not a text file; re-save it as UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            b"a,b\r1,2\r",
            "line 1: has unbalanced quotes or a line end that is a lone carriage return; "
            "re-save it with line feeds",
            id="carriage returns only",
        ),
        pytest.param(
            gzip.compress(CONTENT)[:-9],
            "the compressed file is damaged or cut short; fetch it again",
            id="cut gzip",
        ),
        pytest.param(
            zipped(("t.csv", CONTENT))[:40],
            "the compressed file is damaged or cut short; fetch it again",
            id="cut zip",
        ),
        pytest.param(
            zipped(("a.csv", CONTENT), ("b.csv", CONTENT)),
            "the archive holds 2 files, not one; unpack it and name the file that is meant",
            id="zip of two",
        ),
    ],
)
def test_a_file_that_cannot_be_a_table_is_an_error(tmp_path, content, message):
    assert complaint(written(tmp_path, content)) == message


def test_a_folder_is_not_a_file(tmp_path):
    assert complaint(tmp_path) == "is a folder, not a file; name the file in it"


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    assert complaint(tmp_path / "none.csv") == "there is no such file"


def test_a_file_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    # Permissions do not bind root, as which containers run.
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, CONTENT)
    monkeypatch.setattr(Path, "open", refuse)
    assert complaint(path) == "may not be read by this user; change its permissions"


def test_a_file_that_unpacks_to_too_much_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_source, "SIZE_LIMIT", 1024**2)
    path = written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 2**18))
    monkeypatch.setattr(reading_source, "SIZE_LIMIT", 2**30)
    assert open_source(path).header == ("a", "b")
    monkeypatch.setattr(reading_source, "SIZE_LIMIT", 1024**2)
    assert complaint(path) == "unpacks to more than 0 GiB; unpack it on disk first"


def test_a_file_that_packs_better_than_any_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_source, "SMALL", 1024)
    monkeypatch.setattr(reading_source, "CHUNK", 1024)
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 2**18)
    assert len(bomb) * 200 < 2**20
    assert complaint(written(tmp_path, bomb)) == (
        "unpacks to more than 200 times its size: no table packs so well; "
        "unpack it on disk first, if you trust it"
    )
    rows = b"".join(b"%d,%d\n" % (n, n * n) for n in range(2000))
    assert open_source(written(tmp_path, gzip.compress(b"a,b\n" + rows))).header == ("a", "b")
