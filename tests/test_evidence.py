"""Evidence comes back as it was written, and a stranger's file is refused, never unpickled."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from idsbench import evidence as module
from idsbench.errors import StoreError
from idsbench.evidence import FIELDS, load_evidence, save_evidence
from idsbench.values import Evidence


def _evidence(classes: int = 0) -> Evidence:
    rng = np.random.default_rng(classes)
    shape = (7, classes) if classes else (7,)
    codes = rng.integers(0, 3, 7)
    return Evidence(
        valid_label=rng.integers(0, 2, 5).astype(np.int16),
        valid_score=rng.random((5, classes) if classes else 5),
        valid_group=rng.integers(0, 9, 5),
        test_row=rng.integers(0, 2**63, 7).astype(np.uint64),
        test_vector=rng.integers(0, 2**63, 7).astype(np.uint64),
        test_group=-codes,
        test_label=(codes > 0).astype(np.int16),
        test_attack=codes.astype(np.int16),
        test_score=rng.random(shape),
        test_seen=codes > 1,
        test_synthetic=codes > 2,
        test_parent_leaked=codes < 1,
    )


@pytest.mark.parametrize("classes", [0, 4])
def test_evidence_comes_back_as_it_was_written(tmp_path, classes):
    path, written = tmp_path / "e.npz", _evidence(classes)
    save_evidence(path, written)
    back = load_evidence(path)
    for name in FIELDS:
        assert np.array_equal(getattr(back, name), getattr(written, name))
        assert getattr(back, name).dtype == getattr(written, name).dtype


def test_equal_evidence_gives_equal_bytes_however_it_lies_in_memory(tmp_path):
    one, two = tmp_path / "1.npz", tmp_path / "2.npz"
    written = _evidence(4)
    save_evidence(one, written)
    save_evidence(two, replace(written, test_score=np.asfortranarray(written.test_score)))
    assert one.read_bytes() == two.read_bytes()


def _refused(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        load_evidence(path)
    return str(caught.value)


def test_arrays_that_would_run_code_are_refused(tmp_path):
    path = tmp_path / "e.npz"
    arrays = {name: getattr(_evidence(), name) for name in FIELDS}
    np.savez(path, **{**arrays, "test_attack": np.array([print] * 7, dtype=object)})
    assert _refused(path) == (
        f"{path}: not readable evidence (Object arrays cannot be loaded when allow_pickle=False)"
    )


@pytest.mark.parametrize("change", ["missing", "other"])
def test_other_arrays_than_those_of_evidence_are_refused(tmp_path, change):
    path = tmp_path / "e.npz"
    arrays = {name: getattr(_evidence(), name) for name in FIELDS}
    if change == "missing":
        del arrays["test_seen"]
    else:
        arrays["more"] = np.zeros(7)
    np.savez(path, **arrays)
    assert _refused(path) == f"{path}: does not hold the arrays of evidence"


@pytest.mark.parametrize("shape", [6, ()])
def test_arrays_of_unequal_length_are_refused(tmp_path, shape):
    path = tmp_path / "e.npz"
    arrays = {name: getattr(_evidence(), name) for name in FIELDS}
    np.savez(path, **{**arrays, "test_seen": np.zeros(shape, dtype=bool)})
    assert _refused(path) == f"{path}: arrays of unequal length"


def test_a_link_is_refused(tmp_path):
    save_evidence(tmp_path / "real.npz", _evidence())
    link = tmp_path / "e.npz"
    link.symlink_to(tmp_path / "real.npz")
    assert _refused(link) == f"{link}: evidence is a plain file, not a link"


def test_a_file_that_unpacks_beyond_the_limit_is_refused_before_it_is_unpacked(
    tmp_path, monkeypatch
):
    path = tmp_path / "e.npz"
    monkeypatch.setattr(module, "LARGEST", 1000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("test_seen.npy", bytes(1001))
    assert _refused(path) == f"{path}: unpacks to more than 1000 bytes"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", None])
def test_a_damaged_or_missing_file_is_an_error_naming_it(tmp_path, content):
    path = tmp_path / "e.npz"
    if content is not None:
        path.write_bytes(content)
    assert _refused(path).startswith(f"{path}: not readable evidence (")


def test_a_truncated_file_is_an_error_naming_it(tmp_path):
    path = tmp_path / "e.npz"
    save_evidence(path, _evidence())
    path.write_bytes(path.read_bytes()[:-200])
    assert _refused(path).startswith(f"{path}: not readable evidence (")


def test_altered_bytes_are_an_error_naming_it(tmp_path):
    path = tmp_path / "e.npz"
    save_evidence(path, _evidence())
    data = bytearray(path.read_bytes())
    start = data.index(b"valid_label.npy") + len(b"valid_label.npy")
    data[start + 30 : start + 40] = b"\xff" * 10
    path.write_bytes(bytes(data))
    assert _refused(path).startswith(f"{path}: not readable evidence (")
