"""`verify` finds whatever was changed in a results folder, and runs nothing that it holds."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from idsbench import store
from idsbench.cli import main
from idsbench.errors import StoreError
from idsbench.evidence import FIELDS
from idsbench.verify import verify

KEPT = Path(__file__).parent / "fixtures" / "records" / "schema-1"
OTHER = "0123456789abcdef"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Give a copy of a folder with records of every status, four of them with evidence."""
    return Path(shutil.copytree(KEPT, tmp_path / "results"))


def _ok(folder: Path, number: int = 0) -> str:
    records = store.read_records(folder)
    return str([record["cell"] for record in records if record["status"] == "ok"][number])


def _edit(folder: Path, cell: str, changes: Mapping[str, Any], *, reseal: bool = False) -> None:
    path = folder / f"{cell}.json"
    record = json.loads(path.read_text("utf-8"))
    record.update(changes)
    record = {key: value for key, value in record.items() if value is not ...}
    if reseal:
        record["seal"] = store.seal(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def _found(folder: Path) -> list[tuple[str, str]]:
    return [(finding.cell, finding.what) for finding in verify(folder).findings]


EDITED = "the record was edited after it was written (its seal does not fit)"
OTHER_EVIDENCE = "the evidence is not the one that the record was made from"


def test_nothing_is_found_in_a_folder_as_it_was_written(results):
    done = verify(results)
    assert (done.records, done.recomputed, done.without_evidence) == (11, 4, 0)
    assert done.findings == ()
    assert main(["verify", str(results)]) == 0


def test_nothing_is_found_where_evidence_was_left_out_on_purpose(results):
    for path in results.glob("*.npz"):
        path.unlink()
    done = verify(results)
    assert (done.recomputed, done.without_evidence, done.findings) == (0, 4, ())


def test_an_edited_score_is_found(results):
    cell = _ok(results)
    _edit(results, cell, {"fpr": 0.01})
    assert _found(results) == [(cell, EDITED)]
    assert main(["verify", str(results)]) == 3


def test_an_edited_score_is_found_though_its_author_sealed_it_again(results):
    cell = _ok(results)
    was = store.read_record(results / f"{cell}.json")["fpr"]
    _edit(results, cell, {"fpr": 0.01}, reseal=True)
    assert _found(results) == [(cell, f"fpr is 0.01, the evidence gives {was!r}")]


def test_an_edited_count_inside_a_record_is_found(results):
    cell = _ok(results)
    counts = store.read_record(results / f"{cell}.json")["counts"]
    edited = {**counts, "fp": counts["fp"] + 1}
    _edit(results, cell, {"counts": edited}, reseal=True)
    told = {key: counts[key] for key in ("tp", "fp", "tn", "fn")}
    ((found, what),) = _found(results)
    assert found == cell
    assert what.startswith("counts is ")
    assert what.endswith(f", the evidence gives {told!r}")


@pytest.mark.parametrize(
    ("key", "value"), [("identity", "{}"), ("seed", 7), ("variant", "full"), ("origin_sha256", "0")]
)
def test_an_edited_identity_is_found(results, key, value):
    cell = _ok(results)
    value = value * 64 if key == "origin_sha256" else value
    _edit(results, cell, {key: value}, reseal=True)
    ((found, what),) = _found(results)
    assert found == cell
    assert what.startswith("its cell should be named ")
    assert what.endswith(" by identity, seed, variant and origin")


def test_a_renamed_record_is_found(results):
    cell = _ok(results)
    path = results / f"{OTHER}.json"
    (results / f"{cell}.json").rename(path)
    sentence = f"{path}: not a record of the cell that it is named after: delete it"
    assert _found(results) == [(OTHER, sentence)]


def test_a_record_renamed_with_its_cell_is_found(results):
    cell = _ok(results)
    _edit(results, cell, {"cell": OTHER}, reseal=True)
    (results / f"{cell}.json").rename(results / f"{OTHER}.json")
    what = f"its cell should be named {cell} by identity, seed, variant and origin"
    assert _found(results) == [(OTHER, what)]


def test_swapped_evidence_is_found(results):
    one, two = _ok(results, 0), _ok(results, 1)
    paths = [results / f"{cell}.evidence.npz" for cell in (one, two)]
    contents = [path.read_bytes() for path in paths]
    paths[0].write_bytes(contents[1])
    paths[1].write_bytes(contents[0])
    found = _found(results)
    assert {cell for cell, _ in found} == {one, two}
    assert (one, OTHER_EVIDENCE) in found
    assert any(what.startswith("fpr is ") for _, what in found)


def _unreadable(folder: Path, cell: str, damage: Callable[[Path], None]) -> str:
    """Damage one cell's evidence and give what is said of it besides its hash."""
    path = folder / f"{cell}.evidence.npz"
    damage(path)
    first, second = _found(folder)
    assert first == (cell, OTHER_EVIDENCE)
    prefix = f"the metrics cannot be recomputed: {path}: "
    assert second[1].startswith(prefix)
    return second[1].removeprefix(prefix)


def test_truncated_evidence_is_found(results):
    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-100])

    assert _unreadable(results, _ok(results), cut) == (
        "not readable evidence (File is not a zip file)"
    )


def test_a_bomb_is_refused_by_the_size_that_it_declares(results):
    def swell(path: Path) -> None:
        data = bytearray(path.read_bytes())
        at = data.find(b"PK\x01\x02")
        while at >= 0:
            data[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
            at = data.find(b"PK\x01\x02", at + 4)
        path.write_bytes(data)

    assert _unreadable(results, _ok(results), swell) == "unpacks to more than 8589934592 bytes"


class _Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, trap: Path) -> None:
        self.trap = trap

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        import os

        return os.mkdir, (str(self.trap),)


def test_a_pickle_in_evidence_is_refused_and_never_run(results, tmp_path):
    trap = tmp_path / "trap"

    def poison(path: Path) -> None:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in FIELDS}
        arrays["test_label"] = np.array([_Payload(trap)], dtype=object)
        np.savez(path, **arrays)

    assert _unreadable(results, _ok(results), poison) == (
        "not readable evidence (Object arrays cannot be loaded when allow_pickle=False)"
    )
    assert not trap.exists()


def test_evidence_with_other_arrays_is_refused(results):
    def add(path: Path) -> None:
        with np.load(path) as stored:
            np.savez(path, extra=np.arange(3), **{name: stored[name] for name in FIELDS})

    assert _unreadable(results, _ok(results), add) == "does not hold the arrays of evidence"


def test_evidence_with_arrays_of_unequal_length_is_refused(results):
    def shorten(path: Path) -> None:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in FIELDS}
        np.savez(path, **{**arrays, "test_label": arrays["test_label"][:-1]})

    assert _unreadable(results, _ok(results), shorten) == "arrays of unequal length"


def test_evidence_behind_a_link_is_refused(results, tmp_path):
    def move(path: Path) -> None:
        path.rename(tmp_path / "elsewhere.npz")
        path.symlink_to(tmp_path / "elsewhere.npz")

    cell = _ok(results)
    path = results / f"{cell}.evidence.npz"
    move(path)
    what = f"the metrics cannot be recomputed: {path}: evidence is a plain file, not a link"
    assert _found(results) == [(cell, what)]


def test_a_missing_key_is_found(results):
    cell = _ok(results)
    _edit(results, cell, {"auc_roc": ...}, reseal=True)
    assert _found(results) == [(cell, "the record: 'auc_roc' is a required property")]


def test_a_key_without_which_a_cell_has_no_name_is_found(results):
    cell = _ok(results)
    _edit(results, cell, {"seed": ...}, reseal=True)
    assert _found(results) == [
        (cell, "the record: 'seed' is a required property"),
        (cell, "the key 'seed' is missing"),
    ]


def test_a_value_out_of_its_range_is_found(results):
    cell = _ok(results)
    _edit(results, cell, {"fpr": 1.5}, reseal=True)
    assert _found(results) == [(cell, "fpr: 1.5 is greater than the maximum of 1")]


def test_a_number_that_is_none_is_found(results):
    cell = _ok(results)
    path = results / f"{cell}.json"
    _edit(results, cell, {"fpr": float("nan")})
    at = path.read_bytes().index(b"NaN")
    assert _found(results) == [
        (
            cell,
            f"{path}: not a readable record (JSON is malformed: invalid character (byte {at})): "
            "delete it and run again",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fpr": "low"}, "the value of fpr is not of type number or null"),
        ({"fpr": True}, "the value of fpr is not of type number or null"),
        ({"fpr": 10**400}, "the value of fpr is not of type number or null"),
        ({"seed": 0.5}, "the value of seed is not of type integer"),
        ({"flags": "leaked-rows"}, "the value of flags is not of type array"),
        ({"flags": [1]}, "a flag is not a text"),
        ({"status": "fine"}, "the status is 'fine'"),
        ({"status": ...}, "the status is None"),
    ],
)
def test_a_value_that_no_reader_could_work_with_is_found(results, changes, problem):
    cell = _ok(results)
    _edit(results, cell, changes)
    path = results / f"{cell}.json"
    sentence = f"{path}: not a readable record ({problem}): delete it and run again"
    assert _found(results) == [(cell, sentence)]


def test_a_record_of_a_later_version_asks_for_an_update(results):
    cell = _ok(results)
    _edit(results, cell, {"schema": 2}, reseal=True)
    path = results / f"{cell}.json"
    sentence = f"{path}: has schema 2, this idsbench reads schema 1: update idsbench"
    assert _found(results) == [(cell, sentence)]


def test_inputs_of_the_scores_that_do_not_fit_are_found(results):
    cell = _ok(results)
    inputs = store.read_record(results / f"{cell}.json")["score_inputs"]
    _edit(results, cell, {"score_inputs": {**inputs, "cell": "x"}}, reseal=True)
    ((found, what),) = _found(results)
    assert found == cell
    assert what.startswith("the metrics cannot be recomputed: ")


def test_a_folder_without_records_is_nothing_to_verify(tmp_path):
    assert main(["verify", str(tmp_path)]) == 4


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    folder = tmp_path / "none"
    with pytest.raises(StoreError) as caught:
        verify(folder)
    sentence = f"there is no results folder {folder}: run something first, or name one"
    assert str(caught.value) == sentence
    assert main(["verify", str(folder)]) == 2
