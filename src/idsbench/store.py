"""Records and evidence <-> files. A record is whole or it is not there; nothing is ever unpickled."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from idsbench.errors import IdsbenchError, RunStopped, StoreError
from idsbench.flags import EDITED
from idsbench.record_schema import SCHEMA, misfit
from idsbench.untrusted import NotPlainFileError, content, parse, uncollected

RECORD = re.compile(r"[0-9a-f]{16}\.json\Z")
PARTIAL = re.compile(r"\.(?:.+\.(?P<writer>\d+)\.tmp|probe\.(?P<prober>\d+))\Z")
PLAN = "plan.json"
LEADERBOARD = "LEADERBOARD.md"
LOCK = ".lock"
LARGEST_RECORD = 32 << 20


def open_results(folder: Path) -> Path:
    """Make the results folder if it is missing and check that it can be written.

    Raises:
        StoreError: it cannot; nothing is left behind.
        RunStopped: the disk is full; the same holds for all that is written here.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise _refused(folder, error) from error
    return folder.resolve()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one run; another run is told so at once.

    The lock goes with the process, however it ends, and workers do not inherit it.
    """
    try:
        stream = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise _refused(folder, error) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise StoreError(
                f"the results folder {folder} is in use by another run (process {holder}): "
                "wait for it, or name another folder with --results"
            ) from error
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        _sweep(folder)
        yield


def _sweep(folder: Path) -> None:
    """Remove what killed processes had not finished writing."""
    for name in os.listdir(folder):
        match = PARTIAL.match(name)
        if match and not _is_alive(int(match["writer"] or match["prober"])):
            with contextlib.suppress(OSError):
                (folder / name).unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write_record(
    folder: Path, record: Mapping[str, Any], evidence: Path | None = None
) -> dict[str, Any]:
    """Write a record, its evidence first; each appears whole under its name or not at all.

    Returns:
        What was written: the record with its schema and seal.
    """
    cell = str(record["cell"])
    try:
        if evidence is not None:
            _place(evidence, folder / f"{cell}.evidence.npz")
        whole = {"schema": SCHEMA, **record}
        whole["seal"] = seal(whole)
        _write(folder / f"{cell}.json", whole)
        return whole
    except OSError as error:
        raise _refused(folder, error) from error


def seal(record: Mapping[str, Any]) -> str:
    """Hash a record's content: shows an edit, though not one whose author seals it again."""
    content = {key: value for key, value in record.items() if key != "seal"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record_names(folder: Path) -> list[str]:
    """Give the file names of all records, sorted.

    Raises:
        StoreError: the folder does not exist.
    """
    try:
        return sorted(name for name in os.listdir(folder) if RECORD.match(name))
    except OSError as error:
        raise StoreError(
            f"there is no results folder {folder}: run something first, or name one"
        ) from error


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Read all records of a folder, sorted by cell; the flag `edited` marks those whose seal is broken.

    Raises:
        StoreError: the folder is missing, or a record in it is damaged, too large or of a newer
            schema; names the file.
    """
    with uncollected():
        return [_read_marked(folder / name) for name in record_names(folder)]


def read_record(path: Path) -> dict[str, Any]:
    """Read one record as it is written; its seal is not looked at.

    Raises:
        StoreError: damaged, too large, of a newer schema, or not named after its cell.
    """
    return _read(path)[0]


def _read_marked(path: Path) -> dict[str, Any]:
    record, written = _read(path)
    if not _is_sealed(record, written):
        record["flags"] = [*record.get("flags", ()), EDITED]
    return record


def _is_sealed(record: Mapping[str, Any], written: bytes) -> bool:
    """Whether a record is what was sealed. Most files tell it without being written once more."""
    claimed = record.get("seal")
    before, _, after = msgspec.json.format(written, indent=-1).partition(
        f'"seal":"{claimed}",'.encode()
    )
    quick = hashlib.sha256(before)
    quick.update(after)
    return quick.hexdigest() == claimed or seal(record) == claimed


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    """Give a record and the bytes of its file."""
    try:
        written = content(path, LARGEST_RECORD)
        record = parse(written)
    except NotPlainFileError as error:
        raise StoreError(
            f"{path}: a record is a plain file of at most {LARGEST_RECORD} bytes"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(
            f"{path}: not a readable record ({error}): delete it and run again"
        ) from error
    if not isinstance(record, dict) or record.get("cell") != path.name[:16]:
        raise StoreError(f"{path}: not a record of the cell that it is named after: delete it")
    if record.get("schema") != SCHEMA:
        raise StoreError(
            f"{path}: has schema {record.get('schema')!r}, this idsbench reads schema {SCHEMA}: "
            "update idsbench"
        )
    if problem := misfit(record):
        raise StoreError(f"{path}: not a readable record ({problem}): delete it and run again")
    return record, written


def read_finished(folder: Path) -> dict[str, dict[str, Any]]:
    """Read what a run may resume from: records by cell.

    A broken seal is flagged as by `read_records`. A damaged record counts as missing, and so does
    one whose evidence was cut short; evidence that is not there at all may have been left out on
    purpose.
    """
    finished = {}
    with uncollected():
        for name in record_names(folder):
            evidence = folder / f"{name[:16]}.evidence.npz"
            if evidence.exists() and not zipfile.is_zipfile(evidence):
                continue
            with contextlib.suppress(StoreError):
                finished[name[:16]] = _read_marked(folder / name)
    return finished


def merge_plan(folder: Path, cells: Sequence[Mapping[str, Any]]) -> None:
    """Add planned cells to `plan.json`; those of earlier runs stay."""
    path = folder / PLAN
    known: dict[str, Any] = {}
    if path.exists():
        try:
            listed = parse(path.read_text("utf-8"))["cells"]
            known = {cell["cell"]: cell for cell in listed if isinstance(cell["cell"], str)}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            known = {}  # a plan is rebuilt from records and from this run
    known.update({str(cell["cell"]): dict(cell) for cell in cells})
    try:
        _write(path, {"schema": SCHEMA, "cells": [known[key] for key in sorted(known)]})
    except OSError as error:
        raise _refused(folder, error) from error


def keep(folder: Path, file: Path) -> None:
    """Keep a copy of a file that is named by its content, unless it is there already.

    Raises:
        StoreError: it cannot be written; nothing half-written is left.
    """
    try:
        if not (folder / file.name).exists():
            _place(file, folder / file.name)
    except OSError as error:
        raise _refused(folder, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole.

    Raises:
        StoreError: it cannot be written; nothing half-written is left.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise _refused(path.parent, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _place(source: Path, destination: Path) -> None:
    partial = destination.with_name(f".{destination.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(source, partial)
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)


def _refused(folder: Path, error: OSError) -> IdsbenchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return RunStopped(
            f"no space left on the disk of the results folder {folder}: "
            "the run stopped; make room and give the same command again"
        )
    return StoreError(
        f"the results folder {folder} cannot be written ({error.strerror}): "
        "name another with --results"
    )
