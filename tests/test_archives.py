"""Archives from strangers: nothing is written outside the folder, nothing unpacks without end."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from idsbench import archives
from idsbench.archives import unpack
from idsbench.errors import DataError

DISTRUST = "do not trust it; get the data from their authors"


def _zip(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _refusal(archive: Path, out: Path) -> str:
    with pytest.raises(DataError) as caught:
        unpack(archive, out, lambda _: True)
    assert not [path for path in out.rglob("*") if path.is_file() and path != archive]
    return str(caught.value)


def test_wanted_files_are_unpacked_below_the_folder_and_others_left(tmp_path):
    path = _zip(tmp_path, {"a/x.csv": b"1", "b.txt": b"2", "a/": b""})
    out = tmp_path / "out"
    out.mkdir()
    assert unpack(path, out, lambda name: name.suffix == ".csv") == [out / "a" / "x.csv"]
    assert (out / "a" / "x.csv").read_bytes() == b"1"
    assert not (out / "b.txt").exists()


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/x.csv", "..\\x.csv", "\\x.csv", "C:/x.csv", "C:x.csv"]
)
def test_a_path_that_leaves_the_folder_refuses_the_whole_archive(tmp_path, name):
    path = _zip(tmp_path, {"good.csv": b"1", name: b"2"})
    said = name if "\\" not in name else zipfile.ZipFile(path).namelist()[1]
    assert _refusal(path, tmp_path) == (
        f"{path}: holds the path '{said}', which leaves the archive's folder; {DISTRUST}"
    )


def test_a_link_is_refused(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("x.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert _refusal(path, tmp_path) == f"{path}: holds the link 'x.csv'; {DISTRUST}"


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path):
    path = _zip(tmp_path, {"x.csv": bytes(80 << 20)})
    size = path.stat().st_size
    assert _refusal(path, tmp_path) == (
        f"{path}: would unpack {size} bytes to 83886080, as a zip bomb does; {DISTRUST}"
    )


def test_members_that_overlap_are_refused(tmp_path):
    path = _zip(tmp_path, {"x.csv": bytes(range(256)) * 40})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    entry = bytes(raw[at : raw.index(b"PK\x05\x06")])
    end = bytearray(raw[raw.index(b"PK\x05\x06") :])
    end[8:16] = struct.pack("<HHI", 50, 50, len(entry) * 50)
    path.write_bytes(bytes(raw[:at]) + entry * 50 + bytes(end))
    # Python's own reader may notice first; either way nothing is written.
    assert _refusal(path, tmp_path) in (
        f"{path}: has members that overlap, as a zip bomb has; {DISTRUST}",
        f"{path}: the archive is damaged; fetch it again",
    )


def test_a_member_that_holds_more_than_it_says_is_stopped(tmp_path, monkeypatch):
    path = _zip(tmp_path, {"x.csv": b"12345678"})
    monkeypatch.setattr(archives, "CHUNK", 2)
    with zipfile.ZipFile(path) as packed:
        member = packed.infolist()[0]
        lying = zipfile.ZipInfo("x.csv")
        for slot in zipfile.ZipInfo.__slots__:
            if hasattr(member, slot):
                setattr(lying, slot, getattr(member, slot))
        opened = packed.open(member)
        lying.file_size = 3
        monkeypatch.setattr(packed, "open", lambda _: opened)
        with pytest.raises(DataError) as caught:
            archives._extract(path, packed, lying, tmp_path)
    assert str(caught.value) == f"{path}: holds more of 'x.csv' than it says; {DISTRUST}"


def test_an_encrypted_or_damaged_archive_is_said(tmp_path):
    path = _zip(tmp_path, {"x.csv": b"1" * 100})
    whole = path.read_bytes()
    flagged = bytearray(whole)
    flagged[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(flagged)
    assert _refusal(path, tmp_path) == (f"{path}: the archive is encrypted; unpack it yourself")
    path.write_bytes(whole[:40])
    assert _refusal(path, tmp_path) == f"{path}: the archive is damaged; fetch it again"


def test_an_archive_larger_than_the_disk_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = _zip(tmp_path, {"x.csv": b"12345678"})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: type("", (), {"free": 5}))
    assert _refusal(path, tmp_path) == (
        f"{path}: unpacks to 8 bytes and 5 are free; make room in {tmp_path}"
    )
