"""Where a side of a comparison comes from: a results folder, a named baseline, a git reference.

A folder of kept runs is a side too: its trainings together are the history that a run is held against.

A folder of a git reference is read from git's objects; nothing is checked out, no filter and no
hook runs.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from idsbench.compare_values import Row, Side
from idsbench.errors import StoreError
from idsbench.store import LARGEST_RECORD, RECORD, read_records, seal
from idsbench.untrusted import uncollected

BASELINES = Path("results/baseline")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_LISTED = re.compile(
    rb"(?P<mode>\d+) (?P<type>\w+) (?P<object>[0-9a-f]+) +(?P<size>\d+|-)\t(?P<name>.+)"
)
_TIMEOUT_S = 60


@contextlib.contextmanager
def opened(text: str, path: Path | None = None, history: bool = False) -> Iterator[Side]:
    """Open one side.

    Args:
        text: a folder of records or of kept runs, a baseline's name, `REF:FOLDER`, or `REF` with
            `path`.
        path: the folder that is read at a bare reference.
        history: a folder that has no record itself is read as a folder of kept runs.

    Raises:
        StoreError: it is none of these, or a record of it is damaged, edited by hand or of another
            schema; names the file.
    """
    folder = _folder(text)
    if folder is not None:
        records = _checked(folder) or (_history(folder) if history else [])
        yield Side(text, tuple(records), folder)
        return
    reference, _, named = text.partition(":")
    with tempfile.TemporaryDirectory(prefix="idsbench-") as scratch:
        _extract(text, reference, Path(named) if named else path, Path(scratch))
        folder = Path(scratch)
        records = _checked(folder, text) or (_history(folder, text) if history else [])
        yield Side(text, tuple(records), folder)


def _folder(text: str) -> Path | None:
    if Path(text).is_dir():
        return Path(text)
    if NAME.match(text) and (BASELINES / text).is_dir():
        return BASELINES / text
    return None


def _checked(folder: Path, label: str = "") -> list[Row]:
    """Read all records and refuse one that was edited."""
    try:
        records = read_records(folder)
    except StoreError as error:
        # The scratch folder of a git reference means nothing to the user.
        raise StoreError(str(error).replace(str(folder), label) if label else str(error)) from error
    with uncollected():
        for record in records:
            if record.get("seal") != seal(record):
                raise StoreError(
                    f"{Path(label or folder) / record['cell']}.json: was edited after it was "
                    "written (its seal does not fit): restore it, or run the cell again"
                )
    return list(records)


def _history(folder: Path, label: str = "") -> list[Row]:
    """Read the runs that a folder keeps, each training once."""
    found = [
        record
        for run in _runs(folder)
        for record in _checked(run, f"{label}/{run.name}" if label else "")
    ]
    return _once(found)


def _runs(folder: Path) -> list[Path]:
    """Give the kept runs in a folder, in the order of their names."""
    return sorted(path for path in folder.iterdir() if NAME.match(path.name) and path.is_dir())


def _once(records: Iterable[Row]) -> list[Row]:
    """Leave out records that repeat a training of another run.

    The same program gives the same numbers at the same seed; counted as trainings of their own they
    would make the spread between trainings look smaller than it is.
    """
    seen: dict[tuple[object, ...], Row] = {}
    for record in records:
        rates = (record.get(key) for key in ("fpr", "recall", "auc_roc", "size_bytes"))
        seen[record["cell"], record["status"], *rates] = record
    return list(seen.values())


def _extract(text: str, reference: str, path: Path | None, scratch: Path) -> None:
    """Write the records of a folder at a reference into a scratch folder."""
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not reference or commit is None:
        raise StoreError(
            f"{text} is no results folder, no baseline in {BASELINES} and no git reference: "
            "name one of these; a folder at a reference is REF:FOLDER"
        )
    inside = path or BASELINES
    tree = f"{commit.decode().strip()}:{_from_root(inside)}"
    listing = _git("ls-tree", "-z", "-l", "--full-tree", tree)
    if listing is None:
        raise StoreError(f"{reference} has no folder {inside}: name it as {reference}:FOLDER")
    wanted = list(_records(listing, tree))
    for run in [] if wanted else _trees(listing):
        (scratch / run).mkdir()
        below = _git("ls-tree", "-z", "-l", "--full-tree", f"{tree}/{run}") or b""
        wanted += [(one, f"{run}/{name}") for one, name in _records(below, f"{tree}/{run}")]
    contents = (
        _git("cat-file", "--batch", given="\n".join(one for one, _ in wanted).encode()) or b""
    )
    stream = io.BytesIO(contents)
    for _, name in wanted:
        size = int(stream.readline().rsplit(b" ", 1)[-1])
        (scratch / name).write_bytes(stream.read(size))
        stream.read(1)


def _trees(listing: bytes) -> Iterator[str]:
    """Give the names of the folders in a listing that may be kept runs."""
    for line in listing.split(b"\0"):
        match = _LISTED.match(line)
        name = match["name"].decode("utf-8", "replace") if match else ""
        if match and match["type"] == b"tree" and NAME.match(name):
            yield name


def _records(listing: bytes, tree: str) -> Iterator[tuple[str, str]]:
    """Give object and name of each record in a listing; a link or a folder is none."""
    for line in listing.split(b"\0"):
        match = _LISTED.match(line)
        if not match or not match["mode"].startswith(b"100"):
            continue
        name = match["name"].decode("utf-8", "replace")
        if RECORD.match(name):
            if int(match["size"]) > LARGEST_RECORD:
                raise StoreError(f"{tree}/{name}: a record has at most {LARGEST_RECORD} bytes")
            yield match["object"].decode(), name


def commits(path: Path, last: int) -> list[tuple[str, str]]:
    """Give (hash, subject) of the last commits that changed a folder, the oldest first.

    Raises:
        StoreError: this is no git repository.
    """
    log = _git("log", "--first-parent", f"-{last}", "--format=%H%x00%s", "--", str(path))
    if log is None:
        raise StoreError("there is no git history here: go to a repository with commits")
    lines = [line.partition("\0") for line in log.decode("utf-8", "replace").splitlines()]
    return [(commit, subject) for commit, _, subject in reversed(lines)]


def _from_root(path: Path) -> str:
    """Give a path as git's trees have it: relative to the top of the repository."""
    if not path.is_absolute():
        prefix = (_git("rev-parse", "--show-prefix") or b"").decode().strip()
        return os.path.normpath(Path(prefix) / path)
    top = Path((_git("rev-parse", "--show-toplevel") or b"").decode().strip())
    try:
        return path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError as error:
        raise StoreError(f"{path} is outside the repository {top}: name a folder in it") from error


def _git(*arguments: str, given: bytes = b"") -> bytes | None:
    """Run git here with this on its standard input; None where it fails.

    Raises:
        StoreError: git is not installed, or does not end.
    """
    try:
        done = subprocess.run(
            ["git", *arguments], input=given, capture_output=True, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"git cannot be run ({error}): name a results folder instead") from error
    return done.stdout if done.returncode == 0 else None
