"""Open a comma-separated file, plain or compressed, and read its header.

A file whose first line has no comma may separate its cells by tabs, semicolons or bars.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from idsbench.errors import DataError

SIZE_LIMIT = 8 * 1024**3  # bytes after decompression
RATIO = 200  # tables of numbers and addresses pack to a tenth or a fiftieth
SMALL = 64 * 1024**2  # bytes that may be packed to anything
HEADER_LIMIT = 1024 * 1024  # bytes; no header line is longer
CHUNK = 1024 * 1024  # bytes unpacked at a time
SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


@dataclass(frozen=True)
class Form:
    """How a comma-separated file names its columns.

    Args:
        header: "named" (in the first line), "loose" (the same, names stripped of blanks and
            repeated ones numbered .1, .2 …) or "none".
        names: of the columns in file order, where there is no header.
    """

    header: Literal["named", "loose", "none"] = "named"
    names: tuple[str, ...] = ()


NAMED = Form()


@dataclass(frozen=True)
class CsvSource:
    """A file with at least one line; `data` holds the bytes where the file was compressed.

    Args:
        header: the names of the columns.
        first: the line of the first row: 2 below a header.
        separator: the sign between two cells.
    """

    path: Path
    data: bytes | None
    header: tuple[str, ...]
    first: int = 2
    separator: str = ","

    def open(self) -> IO[bytes]:
        """Give a new stream at the first byte of the header."""
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)


def open_source(path: Path, form: Form = NAMED) -> CsvSource:
    """Check that the file is there and readable, decompress it if need be, and read its header.

    Raises:
        DataError: no such file, a folder, no permission, empty, damaged, or no readable header.
    """
    data, line = unpacked(path)
    names, separator = _header(path, line, form.header)
    if form.header == "none":
        return CsvSource(path, data, form.names, 1, separator)
    return CsvSource(path, data, names, separator=separator)


def unpacked(path: Path) -> tuple[bytes | None, bytes]:
    """Give the bytes inside a packed file, None for a plain one, and its first line.

    Raises:
        DataError: no such file, a folder, no permission, empty or damaged.
    """
    if path.is_dir():
        raise DataError(path, "is a folder, not a file", advice="name the file in it")
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
        data = _decompressed(path, magic)
        with path.open("rb") if data is None else io.BytesIO(data) as stream:
            line = stream.readline(HEADER_LIMIT)
    except FileNotFoundError:
        raise DataError(path, "there is no such file") from None
    except PermissionError:
        raise DataError(
            path, "may not be read by this user", advice="change its permissions"
        ) from None
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror or error})") from None
    return data, line


def _decompressed(path: Path, magic: bytes) -> bytes | None:
    """Give the bytes inside a .gz or single-member .zip; None for a plain file."""
    try:
        if magic.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                return _limited(path, packed.read)
        if magic == b"PK\x03\x04":
            with (
                zipfile.ZipFile(path) as archive,
                archive.open(only_member(path, archive)) as packed,
            ):
                return _limited(path, packed.read)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError):
        raise DataError(
            path, "the compressed file is damaged or cut short", advice="fetch it again"
        ) from None
    except RuntimeError:  # what zipfile raises for a password
        raise DataError(path, "the archive is encrypted", advice="unpack it") from None
    return None


def only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Give an archive's one file; what a Mac adds to an archive does not count.

    Raises:
        DataError: no file, or more than one.
    """
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        raise DataError(
            path,
            f"the archive holds {len(members)} files, not one",
            advice="unpack it and name the file that is meant",
        )
    return members[0]


def _limited(path: Path, read: Callable[[int], bytes]) -> bytes:
    """Unpack, but neither without end nor far beyond what tables pack to."""
    out = io.BytesIO()
    most = max(SMALL, RATIO * path.stat().st_size)
    while chunk := read(CHUNK):
        out.write(chunk)
        if out.tell() > SIZE_LIMIT:
            raise DataError(
                path,
                f"unpacks to more than {SIZE_LIMIT / 1024**3:.0f} GiB",
                advice="unpack it on disk first",
            )
        if out.tell() > most:
            raise packed_too_well(path)
    return out.getvalue()


def packed_too_well(path: Path) -> DataError:
    """Build the error for a file that unpacks to far more than a table would."""
    return DataError(
        path,
        f"unpacks to more than {RATIO} times its size: no table packs so well",
        advice="unpack it on disk first, if you trust it",
    )


def _header(path: Path, line: bytes, mode: str) -> tuple[tuple[str, ...], str]:
    if not line.strip():
        what = "a row" if mode == "none" else "a header"
        raise DataError(path, f"starts with a blank line, not with {what}" if line else "is empty")
    if b"\0" in line:
        raise DataError(
            path, "has NUL bytes, so it is not a text file", row=1, advice="re-save it as UTF-8"
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        names, separator = _cells(text)
    except UnicodeDecodeError:
        raise not_utf8(path, 1) from None
    except csv.Error:
        what = "has unbalanced quotes or a line end that is a lone carriage return"
        raise DataError(path, what, row=1, advice="re-save it with line feeds") from None
    if mode == "loose":
        names = tuple(_numbered(name.strip() for name in names))
    doubled = sorted(name for name, times in Counter(names).items() if times > 1)
    if doubled and mode != "none":
        raise DataError(path, f"the header names {', '.join(doubled)} more than once", row=1)
    return names, separator


def _cells(line: str) -> tuple[tuple[str, ...], str]:
    """Give a line's cells and the sign between them: the comma unless only another is there.

    >>> _cells("a;b"), _cells("a;b,c"), _cells("a")
    ((('a', 'b'), ';'), (('a;b', 'c'), ','), (('a',), ','))
    """
    found: dict[str, tuple[str, ...]] = {}
    for sign in SEPARATORS:
        with contextlib.suppress(csv.Error):  # what ends a quoted cell is another separator
            found[sign] = tuple(next(csv.reader([line], delimiter=sign, strict=True)))
    best = max(found, key=lambda sign: len(found[sign]), default=",")
    sign = "," if len(found.get(",", ())) > 1 else best
    if sign not in found or (len(found[sign]) == 1 and "," not in found):
        raise csv.Error("no separator cuts the line into cells")
    return found[sign], sign


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """Number repeated names as pandas does.

    >>> list(_numbered(["a", "b", "a", "a"]))
    ['a', 'b', 'a.1', 'a.2']
    """
    seen: dict[str, int] = {}
    for name in names:
        count = seen[name] = seen.get(name, -1) + 1
        yield f"{name}.{count}" if count else name


def not_utf8(path: Path, row: int) -> DataError:
    """Build the error for bytes that are not UTF-8."""
    return DataError(
        path,
        "has bytes that are not UTF-8",
        row=row,
        advice="re-save it as UTF-8 (it is probably Latin-1)",
    )
