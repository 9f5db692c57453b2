"""Data files are read before they are put in place; what is wrong is left where it was."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from idsbench import sightings
from idsbench.datafiles import add, listed, verified
from idsbench.errors import DataError
from idsbench.sources import SIDECAR, find
from idsbench.values import Card, Labels, Layout, Table

GOOD = "a,label\n" + "1,0\n2,1\n" * 10


class Toy:
    """Reads `toy*.csv`, or a pair of halves; refuses a file without both labels."""

    card = Card(
        name="my-toy",
        title="Toy",
        layouts=(
            Layout("whole", (("toy*.csv",),), 40),
            Layout("halves", (("left*.csv",), ("right*.csv",)), 40),
        ),
        ignore=("*head*",),
        row_unit="row",
        benign="0",
        standin_rows=0,
        standin_marks=(b"generated",),
        homepage="https://example.org/toy",
    )

    def load(self, files, layout) -> Table:
        texts = [path.read_text().splitlines()[1:] for path in files]
        y = np.array([int(line[-1]) for text in texts for line in text], dtype=np.int16)
        if len(set(y.tolist())) < 2:
            raise DataError(files[0], "has one label only")
        labels = Labels(y, ("benign", "attack"))
        return Table(np.zeros((len(y), 1), np.float32), ("a",), {"binary": labels}, labels)


@pytest.fixture(autouse=True)
def _own_sightings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "data"


def _file(folder: Path, name: str, text: str = GOOD) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _add(root: Path, *given: Path, link: bool = False):
    return add(Toy(), given, root, link)


def _refusal(root: Path, *given: Path) -> str:
    before = sorted(root.rglob("*"))
    with pytest.raises(DataError) as caught:
        _add(root, *given)
    assert sorted(root.rglob("*")) == before
    return str(caught.value)


def test_a_file_is_copied_to_where_a_run_finds_it(root, tmp_path):
    file = _file(tmp_path, "TOY one.csv")
    added = _add(root, file)
    assert added.files == (root / "my_toy" / "TOY one.csv",)
    assert not added.files[0].is_symlink()
    assert find(Toy(), (root,), None) == added.origin.__class__(
        **{**added.origin.__dict__, "files": (added.files[0],)}
    )
    assert (added.already, added.left_out, added.origin.lines) == (False, 0, 20)
    assert [path.name for path in root.iterdir()] == ["my_toy"]


def test_a_file_can_be_linked_to_instead(root, tmp_path):
    file = _file(tmp_path, "toy.csv")
    (path,) = _add(root, file, link=True).files
    assert path.is_symlink()
    assert path.resolve() == file


def test_adding_the_same_file_again_changes_nothing(root, tmp_path):
    file = _file(tmp_path, "toy.csv")
    _add(root, file)
    assert _add(root, file).already


def test_files_of_one_layout_are_added_together_and_other_layouts_left_out(root, tmp_path):
    for name in ("left.csv", "deep/right.csv", "notes.txt", "left_head.csv"):
        _file(tmp_path / "given", name)
    added = _add(root, tmp_path / "given")
    assert sorted(path.name for path in added.files) == ["left.csv", "right.csv"]
    both = _file(tmp_path / "all", "toy.csv").parent
    _file(both, "left.csv")
    added = add(Toy(), [both], root.with_name("other"), False)
    assert ([path.name for path in added.files], added.left_out) == (["toy.csv"], 1)


def test_a_zip_archive_gives_the_files_that_are_the_datasets(root, tmp_path):
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/toy.csv", GOOD)
        archive.writestr("readme.md", "x")
    added = _add(root, path)
    assert added.files == (root / "my_toy" / "Data" / "toy.csv",)
    assert sorted(p.name for p in root.rglob("*")) == ["Data", "my_toy", "toy.csv"]


def test_a_bad_path_in_an_archive_adds_nothing(root, tmp_path):
    root.mkdir()
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../toy.csv", GOOD)
    assert _refusal(root, path) == (
        f"{path}: holds the path '../toy.csv', which leaves the archive's folder; "
        "do not trust it; get the data from their authors"
    )


def test_content_that_a_run_would_refuse_is_not_added(root, tmp_path):
    root.mkdir()
    file = _file(tmp_path, "toy.csv", "a,label\n1,0\n")
    assert _refusal(root, file) == f"{file}: has one label only"


def test_a_name_that_is_not_the_datasets_is_refused_with_those_that_are(root, tmp_path):
    root.mkdir()
    file = _file(tmp_path, "other.csv")
    assert _refusal(root, file) == (
        f"{file}: has no name by which my-toy is known (toy*.csv, left*.csv, right*.csv; capitals, "
        "blanks, hyphens and underscores do not count); rename the file if it is the right one"
    )
    none = tmp_path / "none.csv"
    assert _refusal(root, none) == f"{none}: does not exist; check the path"


def test_another_file_in_its_place_or_beside_it_is_refused(root, tmp_path):
    _add(root, _file(tmp_path, "toy.csv"))
    there = root / "my_toy"
    changed = _file(tmp_path / "new", "toy.csv", GOOD + "3,1\n")
    assert _refusal(root, changed) == (
        f"{there / 'toy.csv'}: is there with other content; remove it first"
    )
    assert _refusal(root, _file(tmp_path / "new", "toy2.csv")) == (
        f"{there}: holds more than one file for the layout 'whole': toy.csv and toy2.csv; "
        "remove one, or name one with DATASET[file=PATH]"
    )


def test_a_layout_that_would_never_be_read_is_refused(root, tmp_path):
    _add(root, _file(tmp_path, "toy.csv"))
    halves = _file(tmp_path / "h", "left.csv").parent
    _file(halves, "right.csv")
    assert _refusal(root, halves) == (
        f"{halves}: would never be read: {root / 'my_toy'} holds the layout 'whole', which comes "
        "first; move that away, or put this below another folder with --data-dir"
    )


def test_a_stand_in_stays_one_wherever_it_is_added(root, tmp_path):
    file = _file(tmp_path, "toy.csv")
    _file(tmp_path, f"toy.csv{SIDECAR}", "{}")
    added = _add(root, file)
    assert added.origin.variant == "stand-in"
    assert find(Toy(), (root,), None).variant == "stand-in"


def test_a_changed_file_is_found_and_named_with_its_first_hash(root, tmp_path):
    added = _add(root, _file(tmp_path, "toy.csv"))
    first = hashlib.sha256(GOOD.encode()).hexdigest()
    (row,) = verified(find(Toy(), (root,), None))
    assert (row["sha256"], row["finding"]) == (first, "")
    added.files[0].write_text(GOOD + "3,1\n", encoding="utf-8")
    (row,) = verified(find(Toy(), (root,), None))
    day = sightings.known()[str(added.files[0])].day
    assert row["finding"] == f"toy.csv changed since {day}: it had sha256 {first}"


def test_the_list_says_what_is_read_or_where_to_get_it(root, tmp_path):
    root.mkdir()
    row = listed(Toy(), (root,))
    assert row["variant"] is None
    assert row["note"] == f"get it from https://example.org/toy and put it into {root / 'my_toy'}"
    _add(root, _file(tmp_path, "toy.csv"))
    row = listed(Toy(), (root,))
    assert (row["variant"], row["layout"], row["rows"], row["coverage"]) == (
        "excerpt",
        "whole",
        20,
        0.5,
    )
    _file(root / "my_toy", "toy2.csv")
    assert listed(Toy(), (root,))["note"].startswith(f"{root / 'my_toy'}: holds more than one file")
