"""Folders named by content: what a stage made stays until the key's ingredients change.

An entry is made in a staging folder and renamed into place, so a kill at any moment leaves either
a whole entry or none. The entry lists its files with sizes and hashes: after a power loss a
truncated file makes it count as missing. A run looks for altered bytes before it uses an entry, and
`idsbench cache verify` looks in all. Failures are never stored.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import platformdirs

from idsbench.errors import RunStopped, StoreError
from idsbench.several import in_order

DONE = "entry.json"
STAGES = ("stand-ins", "tables", "prepared", "trainings", "artifacts")
UNFINISHED = "unfinished"
"""Beside the stages: states of trainings that were ended, by the key of what they would have made."""
SCRATCH = "run-"
LEAST_BYTES = 4096  # free bytes below which nothing can be written
ABANDONED_S = 86_400.0  # age at which a staging folder is nobody's
HASHED_BYTES = 64 << 20  # an entry up to this size is hashed before each use, in 50 ms
FORGOTTEN_S = 30 * ABANDONED_S  # age at which nobody goes on with a training


def cache_place() -> Path:
    """Name `IDSBENCH_CACHE`, or the user's cache folder, whether it is there or not."""
    named = os.environ.get("IDSBENCH_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("idsbench"))


def cache_folder() -> Path:
    """Give the cache folder; made when missing."""
    folder = cache_place()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the cache folder {folder} cannot be made ({error.strerror}): "
            "set IDSBENCH_CACHE to a folder that you can write to"
        ) from error
    return folder.resolve()


def key_of(**ingredients: Any) -> str:
    """Hash named ingredients (JSON values) to 24 hexadecimal digits."""
    text = json.dumps(ingredients, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def entry(root: Path, stage: str, key: str) -> Path:
    """Give the folder of an entry, whether it exists or not."""
    return root / stage / key


def is_made(folder: Path) -> bool:
    """Tell whether an entry is complete: every file there with the size it was written with."""
    files = _listed(folder)
    if files is None:
        return False
    try:
        return all((folder / name).stat().st_size == size for name, (size, _) in files.items())
    except OSError:
        return False


def damage(folder: Path) -> list[str]:
    """Name what is wrong with an entry's files: missing, truncated, altered. Empty when sound."""
    files = _listed(folder)
    if files is None:
        return [f"{DONE} is missing or unreadable"]
    found = []
    for name, (size, digest) in sorted(files.items()):
        try:
            actual = (folder / name).stat().st_size
            if actual != size:
                found.append(f"{name} has {actual} bytes instead of {size}")
            elif file_digest(folder / name) != digest:
                found.append(f"{name} was altered")
        except OSError:
            found.append(f"{name} is missing")
    return found


def late_damage(folder: Path) -> str:
    """Say which file of a whole entry was altered since it was written; empty when none was.

    All files of a small entry are hashed; of a large one those that were changed later than its
    list, by the system's own clock of changes.
    """
    files = _listed(folder) or {}
    small = sum(size for size, _ in files.values()) <= HASHED_BYTES
    try:
        listed = (folder / DONE).stat().st_ctime_ns
        for name, (_, digest) in sorted(files.items()):
            path = folder / name
            if (small or path.stat().st_ctime_ns > listed) and file_digest(path) != digest:
                return f"{name} was altered"
    except OSError as error:
        return f"a file cannot be read ({error.strerror})"
    return ""


def entries(root: Path) -> Iterator[Path]:
    """Give all entries, whole or not, by stage and name."""
    for stage in STAGES:
        folder = root / stage
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def unfinished_folders(root: Path) -> list[Path]:
    """Give the folders with states of trainings that were ended, or that are under way."""
    return sorted(path for path in (root / UNFINISHED).glob("*") if path.is_dir())


def remove(folder: Path) -> None:
    """Remove an entry; its list goes first, so that a half-removed entry counts as missing."""
    (folder / DONE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def discard_training(root: Path, key: str) -> None:
    """Remove a training, and the state of one that was ended."""
    for stage in ("trainings", UNFINISHED):
        remove(entry(root, stage, key))


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Give an empty staging folder that becomes `folder` if the block ends without an exception.

    Raises:
        RunStopped: the disk is full, which is no failure of what is being made.
    """
    staging = folder.parent / f".{folder.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        staging.mkdir(parents=True)
        yield staging
        _list_and_settle(staging)
        if folder.exists() and not is_made(folder):
            remove(folder)
        try:
            staging.rename(folder)
        except OSError:
            # Another run made the same entry first; equal keys hold equal content.
            if not is_made(folder):
                raise
    except OSError as error:
        if is_full(staging, error):  # looked at before the staging folder makes room again
            raise full(folder.parent.parent) from error
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def is_full(folder: Path, error: OSError) -> bool:
    """Tell whether an error came from a full disk; a short write does not always say so."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    try:
        return shutil.disk_usage(folder).free < LEAST_BYTES
    except OSError:
        return False


def full(folder: Path) -> RunStopped:
    """Build the one sentence for a full disk."""
    return RunStopped(
        f"no space left on the disk of the cache {folder}: "
        "the run stopped; make room and give the same command again"
    )


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """Give a folder of this run; those of runs that were killed are removed on the way."""
    _sweep(root)
    folder = Path(tempfile.mkdtemp(prefix=f".{SCRATCH}", dir=root))
    try:
        with (folder / ".lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Only a locked folder gets the name that another run's sweep looks for.
            folder = folder.rename(root / folder.name.removeprefix("."))
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Remove what killed runs left: scratch folders that nobody locks, old staging folders."""
    for folder in root.glob(f"{SCRATCH}*"):
        with suppress(OSError), (folder / ".lock").open("r+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    for stage in STAGES:
        for folder in (root / stage).glob(".*.tmp"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > ABANDONED_S:
                    shutil.rmtree(folder, ignore_errors=True)
    for folder in unfinished_folders(root):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > FORGOTTEN_S:
                shutil.rmtree(folder, ignore_errors=True)


def _listed(folder: Path) -> dict[str, tuple[int, str]] | None:
    try:
        stored = json.loads((folder / DONE).read_text(encoding="utf-8"))["files"]
        listed = {str(name): (int(size), str(digest)) for name, (size, digest) in stored.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    except (OverflowError, RecursionError):  # numbers or depth that no entry has
        return None
    return listed if all(map(_stays_inside, listed)) else None


def _stays_inside(name: str) -> bool:
    return name.isprintable() and not os.path.isabs(name) and ".." not in Path(name).parts


def _list_and_settle(folder: Path) -> None:
    """Write the list of files and flush all to the disk: a name must not outlive its bytes."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {
        str(path.relative_to(folder)): [path.stat().st_size, digest]
        for path, digest in zip(paths, in_order(paths, file_digest), strict=True)
    }
    (folder / DONE).write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")
    for name in (*files, DONE):
        with (folder / name).open("rb") as stream:
            os.fsync(stream.fileno())


def file_digest(path: Path) -> str:
    """Give a file's sha256."""
    with path.open("rb") as stream:
        digest: str = hashlib.file_digest(stream, "sha256").hexdigest()
    return digest
