"""Fetched files are the dataset's, and the same as the first time; what fails says what to do."""

from __future__ import annotations

import functools
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from idsbench.errors import DataError, RequestError
from idsbench.fetch import addresses_of, fetch
from idsbench.values import Card, Labels, Layout, Table

GOOD = "a,label\n" + "1,0\n2,1\n" * 10
CARD = Card(
    name="toy",
    title="Toy",
    layouts=(Layout("whole", (("toy*.csv",),), 40),),
    row_unit="row",
    benign="0",
    standin_rows=0,
    homepage="https://example.org/toy",
)


class Toy:
    """Reads `toy*.csv`."""

    card = CARD

    def load(self, files, layout) -> Table:
        y = np.array([int(line[-1]) for line in files[0].read_text().split()[1:]], dtype=np.int16)
        labels = Labels(y, ("benign", "attack"))
        return Table(np.zeros((len(y), 1), np.float32), ("a",), {"binary": labels}, labels)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None: ...


@pytest.fixture
def site(tmp_path, monkeypatch) -> Iterator[tuple[Path, str]]:
    """Give a folder and the loopback address that serves it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def _by_hand(root: Path) -> str:
    return f"visit https://example.org/toy and put the files into {root / 'toy'}"


def test_a_file_from_an_address_is_added_and_nothing_else_is_left(site, root):
    folder, address = site
    (folder / "toy.csv").write_text(GOOD)
    added = fetch(Toy(), [f"{address}/toy.csv"], root)
    assert added.files == (root / "toy" / "toy.csv",)
    assert added.files[0].read_text() == GOOD
    assert [path.name for path in root.iterdir()] == ["toy"]


def test_files_from_several_addresses_are_added_together_even_if_one_came_later(site, root):
    folder, address = site
    two = Toy()
    two.card = replace(CARD, layouts=(Layout("two", (("toy1*.csv",), ("toy2*.csv",)), 40),))
    (folder / "toy1.csv").write_text(GOOD)
    wanted = [f"{address}/toy1.csv", f"{address}/toy2.csv"]
    with pytest.raises(RequestError, match="the server answers 404"):
        fetch(two, wanted, root)
    (folder / "toy1.csv").unlink()
    (folder / "toy2.csv").write_text(GOOD)
    added = fetch(two, wanted, root)
    assert [path.name for path in added.files] == ["toy1.csv", "toy2.csv"]
    assert [path.name for path in root.iterdir()] == ["toy"]


def test_an_archive_from_an_address_is_unpacked(site, root):
    folder, address = site
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("toy.csv", GOOD)
    assert fetch(Toy(), [f"{address}/all.zip"], root).files == (root / "toy" / "toy.csv",)


def test_another_file_at_the_same_address_is_refused(site, root, tmp_path):
    folder, address = site
    (folder / "toy.csv").write_text(GOOD)
    fetch(Toy(), [f"{address}/toy.csv"], root)
    (folder / "toy.csv").write_text(GOOD + "3,1\n")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(RequestError) as caught:
        fetch(Toy(), [f"{address}/toy.csv"], other)
    text = str(caught.value)
    assert text.startswith(f"{address}/toy.csv: holds another file than on ")
    assert text.endswith(
        "; nothing was added; if its authors say so too, add it with: idsbench data add; or "
        + _by_hand(other)
    )
    assert list(other.iterdir()) == []


def test_a_file_that_is_not_the_datasets_is_not_added_and_not_kept(site, root):
    folder, address = site
    (folder / "other.csv").write_text(GOOD)
    with pytest.raises(DataError, match=r"has no name by which toy is known \(toy\*\.csv; "):
        fetch(Toy(), [f"{address}/other.csv"], root)
    assert list(root.iterdir()) == []


def test_a_dead_address_says_which_page_to_visit_and_which_folder_is_meant(root):
    with pytest.raises(RequestError) as caught:
        fetch(Toy(), ["http://127.0.0.1:9/toy.csv"], root)
    assert str(caught.value).startswith("http://127.0.0.1:9/toy.csv: cannot be fetched (")
    assert str(caught.value).endswith(f"; or {_by_hand(root)}")
    assert list(root.iterdir()) == []


def test_an_address_without_a_file_name_is_refused(root):
    with pytest.raises(RequestError) as caught:
        fetch(Toy(), ["http://127.0.0.1:9/"], root)
    assert str(caught.value) == (
        f"http://127.0.0.1:9/: names no file; name the file itself; or {_by_hand(root)}"
    )


def test_without_kagglehub_the_extra_is_named(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(RequestError) as caught:
        fetch(Toy(), ["kaggle:some/toy"], root)
    assert str(caught.value) == (
        "kaggle:some/toy: needs the library kagglehub; pip install 'idsbench[fetch]'; or "
        + _by_hand(root)
    )


def _kagglehub(monkeypatch, answer) -> None:
    module = types.ModuleType("kagglehub")
    module.dataset_download = answer
    monkeypatch.setitem(sys.modules, "kagglehub", module)


def test_what_kagglehub_brings_is_added(root, tmp_path, monkeypatch):
    brought = tmp_path / "versions" / "1"
    brought.mkdir(parents=True)
    (brought / "toy.csv").write_text(GOOD)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    asked = []
    _kagglehub(monkeypatch, lambda handle: asked.append(handle) or str(brought))
    assert fetch(Toy(), ["kaggle:some/toy"], root).files == (root / "toy" / "toy.csv",)
    assert asked == ["some/toy"]


def test_offline_or_without_credentials_kaggle_gives_one_sentence(root, monkeypatch):
    own = type("UnauthenticatedError", (Exception,), {"__module__": "kagglehub.exceptions"})
    for error in (ConnectionError("no route"), own("no\n credentials")):

        def refuse(handle: str, error: Exception = error) -> str:
            raise error

        _kagglehub(monkeypatch, refuse)
        with pytest.raises(RequestError) as caught:
            fetch(Toy(), ["kaggle:some/toy"], root)
        reason = " ".join(str(error).split())
        assert str(caught.value) == (
            f"kaggle:some/toy: cannot be fetched ({reason}); go online, or give kagglehub your "
            f"credentials; or {_by_hand(root)}"
        )


def test_an_error_of_our_own_making_is_not_taken_for_kaggles(root, monkeypatch):
    _kagglehub(monkeypatch, lambda handle: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fetch(Toy(), ["kaggle:some/toy"], root)


def test_a_page_of_kaggles_stands_for_its_dataset():
    page = "https://www.kaggle.com/datasets/some-one/a_b.c"
    assert addresses_of(replace(CARD, homepage=page)) == ("kaggle:some-one/a_b.c",)
    assert addresses_of(CARD) == ()
    assert addresses_of(replace(CARD, addresses=("https://a/b.csv",), homepage=page)) == (
        "https://a/b.csv",
    )
