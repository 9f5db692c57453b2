"""Split manifests: which row, by the hash of its content, was in which part of a split.

A manifest is JSON, gzipped or not: what made it, and base64 of little-endian arrays. `parts` holds
the uint64 hashes of each part's rows in file order, `order` one byte per row of the file (its
part's place in `PARTS`). It is named by the hash of its text, so the same split has the same name.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError, StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCHEMA = 1
PARTS = ("unused", "train", "valid", "test")
ABOUT = ("dataset", "layout", "origin_sha256", "task", "protocol")
LARGEST = 2 << 30  # bytes unpacked: a hundred million rows take 1.2 GB
GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Manifest:
    """A split of n rows.

    Args:
        name: 16 hexadecimal digits, the hash of the text.
        about: what was split and by what; the keys of `ABOUT`.
        seed: of the cells that used it.
        resampled: whether the protocol resampled the table before the split.
        notes: what the protocol said of the split.
        hashes: uint64 (n,) of each row's content, in file order.
        codes: uint8 (n,) each row's place in `PARTS`.
    """

    name: str
    about: Mapping[str, str]
    seed: int
    resampled: bool
    notes: tuple[str, ...]
    hashes: NDArray[np.uint64] = field(repr=False)
    codes: NDArray[np.uint8] = field(repr=False)

    def codes_of(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
        """Give the parts (m,) of rows with these hashes (m,), in whatever order they come.

        Rows of equal content take their parts in file order.

        Raises:
            CellError: the rows are not those of the manifest, each as often as there.
        """
        if np.array_equal(hashes, self.hashes):
            return self.codes
        own, other = (np.argsort(array, kind="stable") for array in (self.hashes, hashes))
        if not np.array_equal(self.hashes[own], hashes[other]):
            raise CellError(self._misfit(hashes))
        codes = np.empty_like(self.codes)
        codes[other] = self.codes[own]
        return codes

    def _misfit(self, hashes: NDArray[np.uint64]) -> str:
        values, place = np.unique(np.concatenate([hashes, self.hashes]), return_inverse=True)
        here, listed = (
            np.bincount(one, minlength=len(values))
            for one in (place[: len(hashes)], place[len(hashes) :])
        )
        strange = int(np.maximum(here - listed, 0).sum())
        gone = int(np.maximum(listed - here, 0).sum())
        return (
            f"the split {self.name} was made of other rows: {strange} of {len(hashes)} rows of the "
            f"data are not in it, and {gone} of its {len(self.hashes)} rows are not in the data; "
            f"it needs {self.about['dataset']} from the file with sha256 "
            f"{self.about['origin_sha256'][:16]}…"
        )


def pack_manifest(
    hashes: NDArray[np.uint64], codes: NDArray[np.uint8], about: Mapping[str, Any]
) -> tuple[str, bytes]:
    """Give a manifest's file name and its bytes; the same split gives the same bytes.

    Args:
        hashes: (n,) row content hashes.
        codes: (n,) places in `PARTS`.
        about: the keys of `ABOUT`, seed, resampled and notes.
    """
    parts = {name: _pack(hashes[codes == code].astype("<u8")) for code, name in enumerate(PARTS)}
    whole = {"schema": SCHEMA, **about, "parts": parts, "order": _pack(codes.astype("u1"))}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    # Hashes do not compress beyond what base64 wastes, so the quickest level loses little.
    return file_name(_name(text)), gzip.compress(text, compresslevel=1, mtime=0)


def save_manifest(
    folder: Path,
    hashes: NDArray[np.uint64],
    parts: Mapping[str, NDArray[np.integer]],
    about: Mapping[str, Any],
) -> str:
    """Write the manifest of a split, given as row indices per part; give the file's name."""
    name, packed = pack_manifest(hashes, part_codes(len(hashes), parts), about)
    (folder / name).write_bytes(packed)
    return name


def file_name(name: str) -> str:
    """Name a manifest's file."""
    return f"split-{name}.json.gz"


def part_codes(rows: int, parts: Mapping[str, NDArray[np.integer]]) -> NDArray[np.uint8]:
    """Turn the row indices of parts into one code per row.

    >>> part_codes(4, {"train": np.array([2, 0]), "test": np.array([3])}).tolist()
    [1, 0, 1, 3]
    """
    codes = np.zeros(rows, dtype=np.uint8)
    for name, index in parts.items():
        codes[index] = PARTS.index(name)
    return codes


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, from anyone.

    Raises:
        StoreError: it cannot be read, is damaged or too large, or of another schema.
    """
    try:
        text = _text(path)
        stored = json.loads(text)
        if stored["schema"] != SCHEMA:
            raise StoreError(
                f"{path}: has schema {stored['schema']!r}, this idsbench reads schema {SCHEMA}: "
                "update idsbench"
            )
        return _manifest(_name(text), stored)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    except (EOFError, zlib.error, OverflowError) as error:
        raise _damaged(path) from error


def _manifest(name: str, stored: Mapping[str, Any]) -> Manifest:
    """Build the value; `ValueError`, `KeyError` and `TypeError` mean a damaged file."""
    codes = np.frombuffer(_unpack(stored["order"]), dtype="u1")
    if not len(codes) or codes.max() >= len(PARTS):
        raise ValueError("order")
    hashes = np.empty(len(codes), dtype=np.uint64)
    for code, part in enumerate(PARTS):
        hashes[codes == code] = np.frombuffer(_unpack(stored["parts"][part]), dtype="<u8")
    return Manifest(
        name=name,
        about={key: str(stored[key]) for key in ABOUT},
        seed=int(stored["seed"]),
        resampled=bool(stored["resampled"]),
        notes=tuple(str(note) for note in stored["notes"]),
        hashes=hashes,
        codes=codes,
    )


def _text(path: Path) -> bytes:
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP
        stream.seek(0)
        if not packed:
            text = stream.read(LARGEST + 1)
        else:
            with gzip.open(stream) as unpacked:
                text = unpacked.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise StoreError(f"{path}: holds more than {LARGEST} bytes: no split manifest is so large")
    return text


def _damaged(path: Path) -> StoreError:
    return StoreError(f"{path}: is no split manifest, or was cut short: fetch it again")


def _name(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def _pack(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def _unpack(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error
