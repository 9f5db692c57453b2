"""Folders named by content: what a stage made stays until the key's ingredients change.

An entry is made in a staging folder and renamed into place, so a kill at any moment leaves either
a whole entry or none. Failures are never stored.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs

from idsbench.errors import StoreError

DONE = "entry.json"


def cache_folder() -> Path:
    """Give `IDSBENCH_CACHE`, or the user's cache folder; made when missing."""
    named = os.environ.get("IDSBENCH_CACHE")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("idsbench"))
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
    """Tell whether an entry is complete."""
    return (folder / DONE).is_file()


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Give an empty staging folder that becomes `folder` if the block ends without an exception."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.parent / f".{folder.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp"
    staging.mkdir()
    try:
        yield staging
        (staging / DONE).write_text("{}\n", encoding="utf-8")
        _settle(staging)
        if folder.exists() and not is_made(folder):
            shutil.rmtree(folder)
        try:
            staging.rename(folder)
        except OSError:
            # Another run made the same entry first; equal keys hold equal content.
            if not is_made(folder):
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _settle(folder: Path) -> None:
    """Flush an entry's files to the disk: after a power loss a name must not outlive its bytes."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
