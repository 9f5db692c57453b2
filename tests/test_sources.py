"""Files are found by name in the order of the card, and a stand-in stays one wherever it is put."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from idsbench import sources
from idsbench.errors import DataError, RequestError
from idsbench.sources import SIDECAR, data_folders, digest_and_lines, find, stand_in, synthesize
from idsbench.values import Card, Layout
from idsbench_iotid20.dataset import IoTID20
from idsbench_mqttset.dataset import MQTTset

MARK = b"made-up-mark"
TEN = "a,b\n" + "1,2\n" * 10


class Pair:
    """A dataset with three layouts; the second is of two files. It counts what it generates."""

    card = Card(
        name="two-part",
        title="Two Part",
        layouts=(
            Layout("whole", (("twopart*.csv", "final*.csv"),), 10),
            Layout("train and test", (("train*.csv",), ("test*.csv",)), 10),
            Layout("sample", (("few*.csv",),), 10),
        ),
        ignore=("*describe*",),
        row_unit="row",
        benign="0",
        standin_marks=(MARK,),
        standin_rows=5,
    )

    def __init__(self) -> None:
        self.made = 0

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        self.made += 1
        out.write_text("a,b\n" + f"{seed},2\n" * rows)


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def put(tmp_path):
    """Write a file below the dataset's folder of a data folder."""

    def write(name: str, text: str = TEN, root: str = "data") -> Path:
        path = tmp_path / root / "two_part" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="")
        return path

    return write


@pytest.fixture
def found(tmp_path):
    """Look in the folders `data` and `more`."""

    def look(file: Path | str | None = None):
        folders = (tmp_path / "data", tmp_path / "more")
        return find(Pair(), folders, None if file is None else str(file))

    return look


def _refused(look, *arguments) -> str:
    with pytest.raises(DataError) as caught:
        look(*arguments)
    return str(caught.value)


def test_nothing_is_found_where_nothing_lies(found):
    assert found() is None


def test_the_first_layout_of_the_card_that_is_there_is_read(found, put):
    put("few.csv")
    assert found().layout == "sample"
    put("train.csv")
    put("test.csv")
    assert found().layout == "train and test"
    put("two part.csv")
    assert found().layout == "whole"


def test_an_earlier_folder_comes_before_an_earlier_layout(found, put):
    put("two part.csv", root="more")
    first = put("few.csv")
    assert found().files == (first.resolve(),)


def test_the_files_of_a_layout_come_in_its_reading_order_with_a_joined_hash(found, put):
    train, test = put("train.csv", "a\n1\n"), put("a test/test.csv", "a\n2\n3\n")
    origin = found()
    assert origin.files == (train.resolve(), test.resolve())
    assert origin.lines == 3
    parts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (train, test)]
    assert origin.sha256 == hashlib.sha256("".join(parts).encode()).hexdigest()


def test_subfolders_are_searched(found, put):
    path = put("downloads/2020/Two-Part.csv")
    assert found().files == (path.resolve(),)


@pytest.mark.parametrize(
    ("card", "name", "layout"),
    [
        (IoTID20.card, "IoT Network Intrusion Dataset.csv", 0),
        (IoTID20.card, "IoT_Network-Intrusion Dataset (1).csv", 0),
        (IoTID20.card, "Final IoT Network Intrusion Dataset.csv", 0),
        (IoTID20.card, "IoTID20.csv", 0),
        (IoTID20.card, "IoT_2020_b_0.01_fs.csv", 1),
        (MQTTset.card, "train70_reduced.csv", 0),
        (MQTTset.card, "Test30 Augmented.csv", 1),
        (MQTTset.card, "train70.csv", 2),
        (MQTTset.card, "MQTTset.csv", 3),
        (MQTTset.card, "Brute-force.csv", 4),
    ],
)
def test_names_are_recognised_as_they_occur_in_the_wild(tmp_path, card, name, layout):
    class Named:
        pass

    Named.card = card
    folder = tmp_path / card.name
    folder.mkdir()
    (folder / name).write_text(TEN)
    origin = find(Named(), (tmp_path,), None)
    assert origin.layout == card.layouts[layout].name


def test_two_candidates_for_one_layout_are_an_error_naming_both(found, put, tmp_path):
    put("sub/final.csv")
    put("Two Part (2).csv")
    assert _refused(found) == (
        f"{tmp_path / 'data' / 'two_part'}: holds more than one file for the layout 'whole': "
        "Two Part (2).csv and sub/final.csv; remove one, or name one with DATASET[file=PATH]"
    )


def test_naming_one_of_two_candidates_reads_it(found, put):
    named = put("sub/final.csv")
    put("two part.csv")
    assert found(named).files == (named.resolve(),)


def test_files_that_are_not_the_data_never_match(found, put):
    put("two part describe.csv")
    assert found() is None


def test_a_named_file_is_read_as_the_layout_that_its_name_tells_or_as_the_first(found, put):
    assert found(put("few.csv")).layout == "sample"
    assert found(put("anything.txt")).layout == "whole"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\n1\n2\n", 2),
        ("a\n1\n2", 2),
        ("a\r\n1\r\n2\r\n", 2),
        ("a\r\n1\r\n2", 2),
        ("a\n1\n2\n\n", 2),
        ("a\r\n1\r\n2\r\n\r\n\r\n", 2),
        ("a\n\n1\n2\n", 3),
        ("a\n", 0),
        ("a", 0),
        ("", 0),
    ],
)
def test_data_lines_are_counted_whatever_ends_them(tmp_path, text, lines):
    path = tmp_path / "x.csv"
    path.write_text(text, newline="")
    assert digest_and_lines(path) == (hashlib.sha256(text.encode()).hexdigest(), lines)


@pytest.mark.parametrize(
    ("text", "variant", "coverage"),
    [
        (TEN, "full", 1.0),
        (TEN.rstrip("\n"), "full", 1.0),
        (TEN.replace("\n", "\r\n"), "full", 1.0),
        (TEN + "\n", "full", 1.0),
        ("a,b\n" + "1,2\n" * 4, "excerpt", 0.4),
    ],
)
def test_a_file_is_full_when_it_has_the_published_rows(found, put, text, variant, coverage):
    put("two part.csv", text)
    origin = found()
    assert (origin.variant, origin.coverage) == (variant, coverage)


def test_a_generated_file_keeps_its_sidecar_where_it_is_put_and_stays_a_stand_in(found, put):
    path = put("few.csv")
    synthesize(Pair(), path, 10, 3)
    origin = found()
    assert (origin.variant, origin.coverage) == ("stand-in", None)
    moved = path.parent / "deeper" / "two part.csv"
    moved.parent.mkdir()
    path.rename(moved)
    path.with_name(path.name + SIDECAR).rename(moved.with_name(moved.name + SIDECAR))
    origin = found()
    assert origin.files == (moved.resolve(),)
    assert origin.variant == "stand-in"


def test_an_edited_file_beside_a_sidecar_stays_a_stand_in(found, put):
    path = put("few.csv")
    synthesize(Pair(), path, 10, 3)
    path.write_text(TEN)
    assert found().variant == "stand-in"


def test_a_sidecar_says_what_was_generated(tmp_path):
    out = tmp_path / "x.csv"
    synthesize(Pair(), out, 7, 3)
    assert json.loads(out.with_name("x.csv.stand-in.json").read_text()) == {
        "dataset": "two-part",
        "rows": 7,
        "seed": 3,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "variant": "stand-in",
        "what": "Generated by idsbench from published facts; addresses are from RFC 5737. "
        "Scores on it say nothing about real detectors.",
    }


def _gzipped(path: Path) -> Path:
    out = path.with_suffix(".gz")
    out.write_bytes(gzip.compress(path.read_bytes()))
    return out


def _zipped(path: Path) -> Path:
    out = path.with_suffix(".zip")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "x.csv")
    return out


def _gzipped_under_a_plain_name(path: Path) -> Path:
    out = path.with_name("iotid20 real.csv")
    out.write_bytes(gzip.compress(path.read_bytes()))
    return out


def _copied(path: Path) -> Path:
    return Path(shutil.copy(path, path.with_name("copy.csv")))


@pytest.mark.parametrize("dataset", [IoTID20(), MQTTset()], ids=["iotid20", "mqttset"])
def test_a_stand_in_without_its_sidecar_is_known_by_its_content(tmp_path, dataset):
    path = tmp_path / "made.csv"
    dataset.synthesize(path, 200, 1)
    digest, lines = digest_and_lines(path)
    for repack in (_copied, _gzipped, _zipped, _gzipped_under_a_plain_name):
        origin = find(dataset, (), str(repack(path)))
        assert (origin.variant, origin.coverage) == ("stand-in", None), repack.__name__
        assert (origin.sha256, origin.lines) == (digest, lines), repack.__name__


def test_a_real_file_carries_no_mark_of_a_stand_in(real_data):
    for dataset in (IoTID20(), MQTTset()):
        origin = find(dataset, (real_data,), None)
        assert origin.variant == "excerpt"
        assert 0 < origin.coverage < 1


def test_a_folder_where_a_file_should_be_is_said(found, put, tmp_path):
    folder = tmp_path / "data" / "two_part" / "two part.csv"
    folder.mkdir(parents=True)
    sentence = f"{folder}: is a folder where a file should be; name the file in it"
    assert _refused(found) == sentence
    assert _refused(found, folder) == sentence


def test_a_file_where_the_folder_should_be_is_said(found, tmp_path):
    (tmp_path / "data").mkdir()
    place = tmp_path / "data" / "two_part"
    place.write_text("x")
    assert _refused(found) == (
        f"{place}: is a file where a folder should be; put the data below it"
    )


def test_a_named_file_that_is_not_there_is_said(found, tmp_path):
    missing = tmp_path / "missing.csv"
    assert _refused(found, missing) == f"{missing}: does not exist; check the path"


def test_a_link_to_nothing_is_said_and_not_passed_over(found, put, tmp_path):
    put("few.csv")
    link = tmp_path / "data" / "two_part" / "two part.csv"
    link.symlink_to(tmp_path / "gone.csv")
    assert _refused(found) == f"{link}: does not exist; check the path"


def test_a_file_that_may_not_be_read_is_said(found, put, monkeypatch):
    path = put("two part.csv")

    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert _refused(found) == f"{path}: may not be read; change its permissions"


def test_another_failure_to_read_is_said_with_the_systems_words(found, put):
    path = put("two part.csv")
    path.unlink()
    path.symlink_to(path)
    assert _refused(found) == f"{path}: cannot be read (Too many levels of symbolic links)"


@pytest.mark.parametrize("name", ["cut.gz", "cut.zip"])
def test_a_damaged_archive_is_said(found, put, name):
    whole = put("two part.csv", TEN * 2000)
    packed = (_gzipped if name.endswith("gz") else _zipped)(whole)
    packed.write_bytes(packed.read_bytes()[:-20])
    sentence = f"{packed}: the compressed file is damaged or cut short; fetch it again"
    assert _refused(found, packed) == sentence


def test_a_hash_is_remembered_until_the_file_changes(found, put, monkeypatch):
    read = []

    def counted(path):
        read.append(path)
        return digest_and_lines(path)

    monkeypatch.setattr(sources, "digest_and_lines", counted)
    path = put("two part.csv")
    first = found()
    assert found() == first
    assert len(read) == 1
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_text(TEN.replace("1", "9"))
    os.utime(path, ns=times)
    second = found()
    assert len(read) == 2
    assert second.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != first.sha256


def test_a_damaged_note_of_a_hash_is_made_anew(found, put, tmp_path):
    put("two part.csv")
    first = found()
    (note,) = (tmp_path / "cache" / "digests").glob("*.json")
    note.write_text('{"sha256": 1')
    assert found() == first


def test_the_stand_in_is_made_once_per_version_of_its_code():
    dataset = Pair()
    first = stand_in("two-part", dataset, "one")
    assert stand_in("two-part", dataset, "one") == first
    assert dataset.made == 1
    other = stand_in("two-part", dataset, "two")
    assert dataset.made == 2
    assert other.files != first.files
    assert (first.variant, first.coverage, first.lines) == ("stand-in", None, 5)


def test_a_stand_in_that_could_not_be_made_leaves_nothing(tmp_path):
    class Failing(Pair):
        def synthesize(self, out: Path, rows: int, seed: int) -> None:
            out.write_text("a,b\n")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        stand_in("two-part", Failing(), "one")
    assert list((tmp_path / "cache" / "stand-ins").iterdir()) == []
    assert stand_in("two-part", Pair(), "one").lines == 5


def test_the_folders_are_the_users_own_in_order(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    own = tmp_path / "share" / "idsbench"
    assert data_folders(None) == (own,)
    monkeypatch.setenv("IDSBENCH_DATA", str(tmp_path / "two"))
    assert data_folders(tmp_path / "one") == (tmp_path / "one", tmp_path / "two", own)


def test_every_named_folder_that_is_not_there_is_said(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("IDSBENCH_DATA", str(file))
    with pytest.raises(RequestError) as caught:
        data_folders(tmp_path / "gone")
    assert caught.value.problems == (
        f"--data-dir {tmp_path / 'gone'} is not a folder",
        f"IDSBENCH_DATA {file} is not a folder",
    )


def test_an_archive_of_several_files_is_refused(found, tmp_path):
    packed = tmp_path / "both.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", TEN)
        archive.writestr("b.csv", TEN)
    assert _refused(found, packed) == (
        f"{packed}: the archive holds 2 files, not one; unpack it and name the file that is meant"
    )


def test_line_ends_are_counted_across_the_chunks_in_which_a_file_is_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n" + b"1" * ((1 << 22) - 3) + b"\n\n\n" + b"\n" * (1 << 22))
    assert digest_and_lines(path)[1] == 1


def _dataset(layout: Layout):
    class Named:
        card = Card("two-part", "Two Part", (layout,), row_unit="row", benign="0")

    return Named()


def _packed_log(folder: Path, comments: int) -> tuple[Path, Path]:
    rows = "".join(f"{at}\tx\n" for at in range(7))
    head = "".join(f"#comment {at}\n" for at in range(comments))
    plain = folder / "conn.log"
    plain.write_text(f"{head}{rows}#close\tnow\n")
    packed = folder / "conn.log.gz"
    packed.write_bytes(gzip.compress(f"{head}{rows}".encode()))
    return plain, packed


def test_comment_lines_of_a_log_are_no_rows_whether_it_is_packed_or_not(tmp_path):
    dataset = _dataset(Layout("log", (("conn.log*",),), 14, format="zeek"))
    for path in _packed_log(tmp_path, 8):
        origin = find(dataset, (), str(path))
        assert (origin.lines, origin.coverage) == (7, 0.5), path.name


def test_the_first_line_is_a_row_where_there_is_no_header(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("1,2\n" * 5)
    dataset = _dataset(Layout("bare", (("x.txt",),), 5, header=False))
    assert find(dataset, (), str(path)).variant == "full"


def test_a_table_that_nobody_published_is_all_there_is(tmp_path):
    import polars as pl

    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1, 2, 3]}).write_parquet(path)
    origin = find(_dataset(Layout("own", (), None, format="parquet")), (), str(path))
    assert (origin.variant, origin.coverage, origin.lines) == ("full", None, 3)


def test_a_layout_of_many_files_reads_each_once_in_the_order_of_its_slots(tmp_path):
    folder = tmp_path / "two_part"
    for name in ("b/bad/x.csv", "a/bad/x.csv", "a/x.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEN)
    dataset = _dataset(Layout("many", (("bad/*.csv",), ("x.csv",)), 30, many=True))
    origin = find(dataset, (tmp_path,), None)
    assert [str(path.relative_to(folder)) for path in origin.files] == [
        "a/bad/x.csv",
        "b/bad/x.csv",
        "a/x.csv",
    ]
    assert (origin.lines, origin.variant) == (30, "full")


def test_a_file_beside_its_own_archive_is_an_error_also_where_many_are_read(tmp_path):
    folder = tmp_path / "two_part"
    folder.mkdir()
    for name in ("x.csv", "x.csv.gz"):
        (folder / name).write_text(TEN)
    dataset = _dataset(Layout("many", (("x.csv", "x.csv.gz"),), 10, many=True))
    with pytest.raises(DataError) as caught:
        find(dataset, (tmp_path,), None)
    assert str(caught.value) == (
        f"{folder}: holds more than one file for the layout 'many': x.csv and x.csv.gz;"
        " remove one, or name one with DATASET[file=PATH]"
    )


def test_what_a_mac_adds_to_an_archive_does_not_count(found, tmp_path):
    packed = tmp_path / "mac.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", TEN)
        archive.writestr("__MACOSX/._a.csv", "x")
    assert found(packed).lines == 10


def test_a_file_that_packs_better_than_any_table_is_not_unpacked_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "SMALL", 1024)
    bomb = tmp_path / "bomb.csv"
    bomb.write_bytes(gzip.compress(b"1,2\n" * 2**20))
    with pytest.raises(DataError) as caught:
        digest_and_lines(bomb)
    assert str(caught.value) == (
        f"{bomb}: unpacks to more than 200 times its size: no table packs so well; "
        "unpack it on disk first, if you trust it"
    )
