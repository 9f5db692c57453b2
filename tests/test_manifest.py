"""A split manifest gives every row its part back, and refuses other rows."""

from __future__ import annotations

import base64
import gzip
import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from idsbench.builtin.frozen import Frozen
from idsbench.errors import CellError, StoreError
from idsbench.manifest import LARGEST, PARTS, part_codes, read_manifest, save_manifest
from idsbench.values import Labels, Rows
from idsbench.vectors import combine

ABOUT = {
    "dataset": "toy",
    "layout": "one file",
    "origin_sha256": "ab" * 32,
    "task": "binary",
    "protocol": "clean",
    "seed": 4,
    "resampled": False,
    "notes": ["a note"],
}


def _hashes(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, n, dtype=np.uint64)


def _saved(folder: Path, hashes: np.ndarray, **changes) -> Path:
    n = len(hashes)
    order = np.random.default_rng(1).permutation(n)
    parts = {"train": order[: n // 2], "valid": order[n // 2 : -2], "test": order[-2:-1]}
    return folder / save_manifest(folder, hashes, parts, {**ABOUT, **changes})


def test_what_is_written_is_read_and_named_by_its_content(tmp_path):
    hashes = _hashes(50)
    path = _saved(tmp_path, hashes)
    manifest = read_manifest(path)
    assert path.name == f"split-{manifest.name}.json.gz"
    assert np.array_equal(manifest.hashes, hashes)
    counts = np.bincount(manifest.codes, minlength=4)
    assert dict(zip(PARTS, counts.tolist(), strict=True)) == {
        "unused": 1,
        "train": 25,
        "valid": 23,
        "test": 1,
    }
    assert (manifest.seed, manifest.resampled, manifest.notes) == (4, False, ("a note",))
    assert manifest.about == {key: ABOUT[key] for key in manifest.about}


def test_the_same_split_has_the_same_bytes_and_another_another_name(tmp_path):
    one = _saved(tmp_path, _hashes(50))
    before = one.read_bytes()
    assert _saved(tmp_path, _hashes(50)) == one
    assert one.read_bytes() == before
    assert before[4:8] == bytes(4)  # no time of day in the gzip header
    assert _saved(tmp_path, _hashes(50), seed=5) != one


def test_a_plain_json_file_is_the_same_manifest(tmp_path):
    path = _saved(tmp_path, _hashes(50))
    plain = tmp_path / "mine.json"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    assert read_manifest(plain).name == read_manifest(path).name


def test_anyone_can_read_the_parts_with_json_and_base64_alone(tmp_path):
    hashes = _hashes(50)
    stored = json.loads(gzip.decompress(_saved(tmp_path, hashes).read_bytes()))
    listed = [np.frombuffer(base64.b64decode(stored["parts"][part]), "<u8") for part in PARTS]
    assert np.array_equal(np.sort(np.concatenate(listed)), np.sort(hashes))


def test_rows_get_their_parts_back_in_whatever_order_they_come(tmp_path):
    hashes = _hashes(1000)
    manifest = read_manifest(_saved(tmp_path, hashes))
    assert np.array_equal(manifest.codes_of(hashes), manifest.codes)
    order = np.random.default_rng(2).permutation(1000)
    assert np.array_equal(manifest.codes_of(hashes[order]), manifest.codes[order])


def test_equal_rows_keep_how_many_of_them_each_part_has(tmp_path):
    hashes = np.repeat(_hashes(100), 5)
    manifest = read_manifest(_saved(tmp_path, hashes))
    order = np.random.default_rng(2).permutation(500)
    codes = manifest.codes_of(hashes[order])
    for one in np.unique(hashes):
        there = np.bincount(manifest.codes[hashes == one], minlength=4)
        assert np.array_equal(np.bincount(codes[hashes[order] == one], minlength=4), there)


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        (lambda h: h[:-1], (0, 49, 1)),
        (lambda h: np.append(h, h[0]), (1, 51, 0)),
        (lambda h: np.append(h[3:], np.uint64(7)), (1, 48, 3)),
    ],
    ids=["a row is gone", "a row is there twice", "rows differ"],
)
def test_rows_that_are_missing_or_differ_are_refused_with_their_number(tmp_path, change, figures):
    hashes, (strange, rows, gone) = _hashes(50), figures
    manifest = read_manifest(_saved(tmp_path, hashes))
    with pytest.raises(CellError) as caught:
        manifest.codes_of(change(hashes))
    assert str(caught.value) == (
        f"the split {manifest.name} was made of other rows: {strange} of {rows} rows of the data "
        f"are not in it, and {gone} of its 50 rows are not in the data; "
        "it needs toy from the file with sha256 abababababababab…"
    )


def _alter(path: Path, **changes) -> Path:
    stored = json.loads(gzip.decompress(path.read_bytes()))
    path.write_text(json.dumps({**stored, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"order": "AAAA"},
        {"order": "not base64!"},
        {"order": base64.b64encode(b"\x09" * 50).decode()},
        {"order": base64.b64encode(b"\x09").decode(), "parts": dict.fromkeys(PARTS, "")},
        {"parts": {}},
        {"parts": []},
        {"seed": None},
        {"order": base64.b64encode(b"").decode()},
    ],
)
def test_a_damaged_manifest_is_said_to_be_one(tmp_path, changes):
    path = _alter(_saved(tmp_path, _hashes(50)), **changes)
    with pytest.raises(StoreError) as caught:
        read_manifest(path)
    assert str(caught.value) == (f"{path}: is no split manifest, or was cut short: fetch it again")


@pytest.mark.parametrize("content", [b"", b"[]", b"\x1f\x8b\x08\x00broken", b"a,b\n1,2\n", b"\xff"])
def test_any_other_file_is_no_manifest(tmp_path, content):
    path = tmp_path / "split.json.gz"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        read_manifest(path)
    assert str(caught.value) == f"{path}: is no split manifest, or was cut short: fetch it again"


def test_a_manifest_that_was_cut_short_is_refused(tmp_path):
    path = _saved(tmp_path, _hashes(5000))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoreError, match="cut short"):
        read_manifest(path)


def test_a_newer_schema_asks_for_an_update(tmp_path):
    path = _alter(_saved(tmp_path, _hashes(50)), schema=2)
    with pytest.raises(StoreError) as caught:
        read_manifest(path)
    assert str(caught.value) == (
        f"{path}: has schema 2, this idsbench reads schema 1: update idsbench"
    )


def test_a_manifest_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreError) as caught:
        read_manifest(tmp_path / "none.json.gz")
    assert str(caught.value) == (
        f"{tmp_path / 'none.json.gz'}: cannot be read (No such file or directory)"
    )


def test_a_file_that_unpacks_without_end_is_not_unpacked_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("idsbench.manifest.LARGEST", 1 << 20)
    path = tmp_path / "split.json.gz"
    path.write_bytes(gzip.compress(b" " * (64 << 20)))
    tracemalloc.start()
    with pytest.raises(StoreError) as caught:
        read_manifest(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20
    assert str(caught.value) == (
        f"{path}: holds more than 1048576 bytes: no split manifest is so large"
    )
    assert LARGEST > 1 << 30


def test_a_large_split_is_small_and_quick(tmp_path):
    hashes = _hashes(625_783)
    started = time.perf_counter()
    path = _saved(tmp_path, hashes)
    manifest = read_manifest(path)
    manifest.codes_of(hashes[::-1])
    assert time.perf_counter() - started < 10
    assert path.stat().st_size < 9 * len(hashes)


def test_part_codes_leave_rows_in_no_part_at_0():
    codes = part_codes(5, {"valid": np.array([4]), "test": np.array([0, 2])})
    assert codes.tolist() == [3, 0, 3, 0, 2]


# frozen


def _rows(n: int = 60) -> Rows:
    labels = Labels(np.arange(n).astype(np.int16) % 2, ("benign", "attack"))
    return Rows(labels.codes, None, None, labels, _hashes(n, 9))


def test_frozen_gives_the_parts_of_the_manifest_and_says_who_made_them(tmp_path):
    rows = _rows()
    path = _saved(tmp_path, combine(rows.vector, rows.attack.codes))
    manifest = read_manifest(path)
    split = Frozen(str(path), manifest.name).split(rows, np.random.default_rng(0))
    for code, part in enumerate((split.train, split.valid, split.test), start=1):
        assert np.array_equal(part, np.flatnonzero(manifest.codes == code))
    assert split.notes == ("the split was made by clean, seed 4", "a note")


def test_frozen_refuses_a_manifest_that_changed_since_the_plan(tmp_path):
    rows = _rows()
    path = _saved(tmp_path, combine(rows.vector, rows.attack.codes))
    with pytest.raises(CellError) as caught:
        Frozen(str(path), "0" * 16).split(rows, np.random.default_rng(0))
    assert str(caught.value) == (
        f"{path}: changed since the run was planned, from split 0000000000000000 to "
        f"{read_manifest(path).name}: run again"
    )
