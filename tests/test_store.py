"""A record is whole or not there, and a results folder is data: never run, never trusted."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from idsbench import store
from idsbench.errors import RunStopped, StoreError

CELL, OTHER = "0123456789abcdef", "fedcba9876543210"


def _record(cell: str = CELL, **fields) -> dict:
    return {"cell": cell, "status": "ok", "reason": "", "model": "wäre", "fpr": 0.25, **fields}


def _refused(work, *arguments) -> str:
    with pytest.raises(StoreError) as caught:
        work(*arguments)
    return str(caught.value)


def _stopped(work, *arguments) -> str:
    with pytest.raises(RunStopped) as caught:
        work(*arguments)
    return str(caught.value)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_record_comes_back_as_it_was_written(tmp_path):
    written = store.write_record(tmp_path, _record())
    assert written == {**_record(), "schema": 1, "seal": store.seal(written)}
    assert store.read_record(tmp_path / f"{CELL}.json") == written
    assert _names(tmp_path) == [f"{CELL}.json"]


def test_a_record_is_utf8_json_with_sorted_keys_and_a_last_line_end(tmp_path):
    store.write_record(tmp_path, _record())
    text = (tmp_path / f"{CELL}.json").read_bytes().decode("utf-8")
    assert "wäre" in text
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_the_same_record_gives_the_same_bytes(tmp_path):
    store.write_record(tmp_path, _record())
    path = tmp_path / f"{CELL}.json"
    before = path.read_bytes()
    store.write_record(tmp_path, dict(reversed(_record().items())))
    assert path.read_bytes() == before


def test_a_value_that_is_no_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_record(tmp_path, _record(fpr=float("nan")))
    assert _names(tmp_path) == []


def test_a_seal_shows_an_edit(tmp_path):
    written = store.write_record(tmp_path, _record())
    assert store.seal({**written, "fpr": 0.24}) != written["seal"]
    assert store.seal({**written, "seal": "x"}) == written["seal"]


def test_evidence_is_placed_before_its_record(tmp_path, monkeypatch):
    evidence = tmp_path / "made.npz"
    evidence.write_bytes(b"bytes")
    results = tmp_path / "r"
    results.mkdir()
    placed = []
    replace = Path.replace
    monkeypatch.setattr(
        Path, "replace", lambda path, to: (placed.append(to.name), replace(path, to))[1]
    )
    store.write_record(results, _record(), evidence)
    assert placed == [f"{CELL}.evidence.npz", f"{CELL}.json"]
    assert (results / placed[0]).read_bytes() == b"bytes"
    assert _names(results) == sorted(placed)


class _Killed(BaseException):
    """What a kill looks like from within: nothing after it runs."""


def test_a_kill_between_writing_and_renaming_leaves_no_record(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:

        def die(*_):
            raise _Killed

        patch.setattr(Path, "replace", die)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(_Killed):
            store.write_record(tmp_path, _record())
    (left,) = _names(tmp_path)
    assert not left.endswith(".json")
    assert store.read_records(tmp_path) == []
    assert store.read_finished(tmp_path) == {}


def test_a_kill_while_a_record_is_replaced_leaves_the_old_one(tmp_path, monkeypatch):
    old = store.write_record(tmp_path, _record())
    with monkeypatch.context() as patch:

        def die(*_):
            raise _Killed

        patch.setattr(Path, "replace", die)
        with pytest.raises(_Killed):
            store.write_record(tmp_path, _record(fpr=0.5))
    assert store.read_records(tmp_path) == [old]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize(
    "write",
    [
        lambda folder: store.write_record(folder, _record()),
        lambda folder: store.merge_plan(folder, [{"cell": CELL}]),
        lambda folder: store.write_text(folder / "LEADERBOARD.md", "text"),
    ],
    ids=["record", "plan", "leaderboard"],
)
def test_a_full_disk_stops_the_run_is_said_and_leaves_nothing_half_written(
    tmp_path, monkeypatch, write, number
):
    def full(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    assert _stopped(write, tmp_path) == (
        f"no space left on the disk of the results folder {tmp_path}: "
        "the run stopped; make room and give the same command again"
    )
    assert _names(tmp_path) == []


def test_a_full_disk_while_evidence_is_copied_leaves_neither_file(tmp_path, monkeypatch):
    evidence = tmp_path / "made.npz"
    evidence.write_bytes(b"bytes")
    results = tmp_path / "r"
    results.mkdir()

    def full(source, destination):
        Path(destination).write_bytes(b"by")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.shutil, "copyfile", full)
    assert _stopped(store.write_record, results, _record(), evidence) == (
        f"no space left on the disk of the results folder {results}: "
        "the run stopped; make room and give the same command again"
    )
    assert _names(results) == []


def test_a_results_folder_is_made_with_its_parents_and_left_empty(tmp_path):
    folder = tmp_path / "a" / "b"
    assert store.open_results(folder) == folder.resolve()
    assert _names(folder) == []


@pytest.mark.parametrize(
    ("place", "words"),
    [("file", "File exists"), ("file/below", "Not a directory")],
)
def test_a_results_folder_that_cannot_be_written_is_said(tmp_path, place, words):
    (tmp_path / "file").write_text("")
    folder = tmp_path / place
    assert _refused(store.open_results, folder) == (
        f"the results folder {folder} cannot be written ({words}): name another with --results"
    )


def test_a_results_folder_on_a_read_only_disk_is_said_before_anything_runs(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert _refused(store.open_results, tmp_path) == (
        f"the results folder {tmp_path} cannot be written (Read-only file system): "
        "name another with --results"
    )


def _damage(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / f"{CELL}.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '{"cell": ',
            "not a readable record (Input data was truncated): delete it and run again",
        ),
        (
            b"\xff\xfe",
            "not a readable record (JSON is malformed: invalid character (byte 0)): "
            "delete it and run again",
        ),
        ("[]", "not a record of the cell that it is named after: delete it"),
        ("{}", "not a record of the cell that it is named after: delete it"),
        (
            json.dumps({"cell": OTHER, "schema": 1}),
            "not a record of the cell that it is named after: delete it",
        ),
        (
            json.dumps({"cell": CELL, "schema": 2}),
            "has schema 2, this idsbench reads schema 1: update idsbench",
        ),
        (
            json.dumps({"cell": CELL}),
            "has schema None, this idsbench reads schema 1: update idsbench",
        ),
    ],
)
def test_a_damaged_record_is_an_error_naming_it_and_missing_for_a_resume(tmp_path, text, problem):
    path = _damage(tmp_path, text)
    good = store.write_record(tmp_path, _record(OTHER))
    assert _refused(store.read_records, tmp_path) == f"{path}: {problem}"
    assert store.read_finished(tmp_path) == {OTHER: good}


def test_a_record_nested_too_deep_to_read_is_damaged(tmp_path):
    path = _damage(tmp_path, "[" * 200_000)
    assert _refused(store.read_record, path).startswith(f"{path}: not a readable record (")


def test_a_record_that_is_a_link_is_refused(tmp_path):
    store.write_record(tmp_path, _record())
    target = (tmp_path / f"{CELL}.json").rename(tmp_path / "elsewhere.txt")
    link = tmp_path / f"{CELL}.json"
    link.symlink_to(target)
    assert _refused(store.read_records, tmp_path) == (
        f"{link}: a record is a plain file of at most 33554432 bytes"
    )


def test_a_record_that_is_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    pipe = tmp_path / f"{CELL}.json"
    os.mkfifo(pipe)
    assert _refused(store.read_records, tmp_path) == (
        f"{pipe}: a record is a plain file of at most 33554432 bytes"
    )


def test_a_record_too_large_to_be_one_is_not_even_read(tmp_path):
    path = tmp_path / f"{CELL}.json"
    with path.open("wb") as stream:
        stream.truncate(store.LARGEST_RECORD + 1)
    assert _refused(store.read_records, tmp_path) == (
        f"{path}: a record is a plain file of at most 33554432 bytes"
    )


def test_records_are_read_by_cell_and_other_files_are_no_records(tmp_path):
    for cell in (OTHER, CELL):
        store.write_record(tmp_path, _record(cell))
    store.merge_plan(tmp_path, [{"cell": CELL}])
    for name in ("x.json", f"{CELL}.json.bak", f"{CELL.upper()}.json", "LEADERBOARD.md"):
        (tmp_path / name).write_text("not a record")
    assert [record["cell"] for record in store.read_records(tmp_path)] == [CELL, OTHER]


def test_a_results_folder_that_is_not_there_is_said(tmp_path):
    folder = tmp_path / "gone"
    sentence = f"there is no results folder {folder}: run something first, or name one"
    assert _refused(store.read_records, folder) == sentence
    assert _refused(store.read_finished, folder) == sentence


def _planned(folder: Path) -> list[dict]:
    return json.loads((folder / store.PLAN).read_text())["cells"]


def test_plans_of_several_runs_merge_by_cell(tmp_path):
    store.merge_plan(tmp_path, [{"cell": "b", "seed": 0}, {"cell": "c", "seed": 0}])
    store.merge_plan(tmp_path, [{"cell": "a", "seed": 0}, {"cell": "b", "seed": 1}])
    assert _planned(tmp_path) == [
        {"cell": "a", "seed": 0},
        {"cell": "b", "seed": 1},
        {"cell": "c", "seed": 0},
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": [1]}', '{"cells": null}'])
def test_a_damaged_plan_is_written_anew(tmp_path, text):
    (tmp_path / store.PLAN).write_text(text)
    store.merge_plan(tmp_path, [{"cell": "a"}])
    assert _planned(tmp_path) == [{"cell": "a"}]


def test_a_second_run_is_told_who_holds_the_folder(tmp_path):
    with store.locked(tmp_path):
        with pytest.raises(StoreError) as caught, store.locked(tmp_path):
            pass
        assert str(caught.value) == (
            f"the results folder {tmp_path} is in use by another run (process {os.getpid()}): "
            "wait for it, or name another folder with --results"
        )
    with store.locked(tmp_path):
        pass


def test_the_lock_goes_with_an_exception(tmp_path):
    with pytest.raises(KeyError), store.locked(tmp_path):
        raise KeyError
    with store.locked(tmp_path):
        pass


def test_a_process_that_was_started_meanwhile_does_not_keep_the_lock(tmp_path):
    with store.locked(tmp_path):
        child = subprocess.Popen(
            [sys.executable, "-S", "-c", "print(1, flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=False,
        )
        assert child.stdout.readline() == b"1\n"
    try:
        assert child.poll() is None
        with store.locked(tmp_path):
            pass
    finally:
        child.communicate(b"\n")


def test_a_folder_that_cannot_be_locked_is_said(tmp_path):
    (tmp_path / store.LOCK).mkdir()
    with pytest.raises(StoreError) as caught, store.locked(tmp_path):
        pass
    assert str(caught.value) == (
        f"the results folder {tmp_path} cannot be written (Is a directory): "
        "name another with --results"
    )
