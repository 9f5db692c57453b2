"""Evidence <-> a file of plain arrays. Files from strangers are read with limits, never unpickled."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from idsbench.errors import StoreError
from idsbench.values import Evidence

LARGEST = 8 << 30  # bytes unpacked: 12 million test rows of 10 classes take about 2 GB
FIELDS = tuple(Evidence.__dataclass_fields__)
# What numpy and zipfile raise for damaged bytes; RuntimeError is an encrypted member.
UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def save_evidence(path: Path, evidence: Evidence) -> None:
    """Write evidence; equal evidence gives equal bytes."""
    arrays = {name: np.ascontiguousarray(getattr(evidence, name)) for name in FIELDS}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_evidence(path: Path) -> Evidence:
    """Read evidence.

    Raises:
        StoreError: missing, damaged, larger than `LARGEST` when unpacked, or with other arrays
            than evidence has; names the file.
    """
    try:
        if path.is_symlink():
            raise StoreError(f"{path}: evidence is a plain file, not a link")
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise StoreError(f"{path}: unpacks to more than {LARGEST} bytes")
        with np.load(path, allow_pickle=False) as stored:
            if set(stored.files) != set(FIELDS):
                raise StoreError(f"{path}: does not hold the arrays of evidence")
            arrays = {name: stored[name] for name in FIELDS}
    except UNREADABLE as error:
        raise StoreError(f"{path}: not readable evidence ({error})") from error
    lengths = {
        name[:4]: {a.shape[:1] for key, a in arrays.items() if key[:4] == name[:4]}
        for name in arrays
    }
    if any(len(sizes) != 1 or () in sizes for sizes in lengths.values()):
        raise StoreError(f"{path}: arrays of unequal length")
    return Evidence(**arrays)
