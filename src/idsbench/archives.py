"""Takes files out of zip archives from strangers: no path leaves the folder, no bomb unpacks."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from idsbench.errors import DataError

CHUNK = 1 << 20
LARGEST = 256 << 30  # bytes that an archive may unpack to
RATIO = 200  # tables of numbers and addresses pack to a tenth or a fiftieth
SMALL = 64 << 20  # bytes below which no ratio is suspicious


def unpack(archive: Path, out: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """Unpack the wanted files of a zip archive below the folder `out`.

    Every name in the archive is checked before anything is written, unwanted ones too: an archive
    with one bad name is not what it claims to be.

    Args:
        archive: the file.
        out: an existing folder.
        wanted: tells by a member's path.

    Raises:
        DataError: the archive is damaged or encrypted, has a path that leaves its folder, or
            unpacks to more than its size or the disk allows.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            for member in members:
                _check_name(archive, member)
            chosen = [m for m in members if not m.is_dir() and wanted(Path(m.filename))]
            _check_sizes(archive, members, out)
            return [_extract(archive, packed, member, out) for member in chosen]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(archive, "the archive is damaged", advice="fetch it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(archive, f"cannot be unpacked ({reason})") from error


def _check_name(archive: Path, member: zipfile.ZipInfo) -> None:
    """Refuse a path that could leave the folder, a link, and what needs a password."""
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts or name.startswith(("/", "\\")) or (parts and ":" in parts[0]):
        raise _refused(archive, f"holds the path '{name[:80]}', which leaves the archive's folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _refused(archive, f"holds the link '{name[:80]}'")
    if member.flag_bits & 0x1:
        raise DataError(archive, "the archive is encrypted", advice="unpack it yourself")


def _check_sizes(archive: Path, members: list[zipfile.ZipInfo], out: Path) -> None:
    """Refuse a bomb by what the archive says of itself; `_extract` holds it to that."""
    size = archive.stat().st_size
    packed = sum(member.compress_size for member in members)
    whole = sum(member.file_size for member in members)
    if packed > size:
        raise _refused(archive, "has members that overlap, as a zip bomb has")
    if whole > LARGEST or (whole > SMALL and whole > RATIO * size):
        raise _refused(archive, f"would unpack {size} bytes to {whole}, as a zip bomb does")
    free = shutil.disk_usage(out).free
    if whole > free:
        advice = f"make room in {out}"
        raise DataError(archive, f"unpacks to {whole} bytes and {free} are free", advice=advice)


def _extract(archive: Path, packed: zipfile.ZipFile, member: zipfile.ZipInfo, out: Path) -> Path:
    path = out / PurePosixPath(member.filename)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with packed.open(member) as source, path.open("wb") as target:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > member.file_size:
                raise _refused(archive, f"holds more of '{member.filename[:80]}' than it says")
            target.write(chunk)
    return path


def _refused(archive: Path, problem: str) -> DataError:
    return DataError(archive, problem, advice="do not trust it; get the data from their authors")
