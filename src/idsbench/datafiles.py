"""Puts data files where runs find them, and says what is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench import sightings
from idsbench.archives import unpack
from idsbench.contracts import Dataset
from idsbench.errors import DataError
from idsbench.filenames import matches
from idsbench.sources import SIDECAR, digest_and_lines, find, unreadable
from idsbench.values import Card, Layout, Origin

FOUND = ("variant", "layout", "rows", "coverage", "sha256", "files")


@dataclass(frozen=True)
class Added:
    """What was put into the data folder.

    Args:
        files: the paths there.
        already: whether all were there before.
        left_out: how many files of other layouts were given and not taken.
        origin: what a run will say of them.
    """

    files: tuple[Path, ...]
    already: bool
    left_out: int
    origin: Origin


def data_folder(card: Card, root: Path) -> Path:
    """Give the folder of a dataset's files below a data folder."""
    return root / card.name.replace("-", "_")


def belongs(card: Card, path: Path) -> bool:
    """Tell by its name whether a file is one of the dataset's."""
    patterns = [pattern for layout in card.layouts for slot in layout.slots for pattern in slot]
    return matches(path, patterns) and not matches(path, card.ignore)


def add(dataset: Dataset, given: Sequence[Path], root: Path, link: bool) -> Added:
    """Check files as a run reads them, then copy or link them into the data folder.

    Args:
        dataset: whose files they are.
        given: files, folders or zip archives; of several layouts the first complete one is taken.
        root: the data folder.
        link: make symbolic links instead of copies.

    Raises:
        DataError: a name or a content that is not the dataset's, or another file in its place;
            nothing was added.
    """
    folder = data_folder(dataset.card, root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".adding-") as staging:
            found = dict(_gather(dataset.card, given, Path(staging) / "unpacked"))
            trial = data_folder(dataset.card, Path(staging) / "trial")
            _stage(trial, {**_present(dataset.card, folder), **found})
            origin = _checked(dataset, trial, folder)
            used = {name: path for name, path in found.items() if path.resolve() in origin.files}
            if not used:
                raise _second(given[0], folder, origin)
            already = [name for name in used if _same(folder / name, used[name])]
            linkable = link and not any(Path(staging) in path.parents for path in used.values())
            for name in used.keys() - set(already):
                _place(used[name], folder / name, linkable)
            paths = tuple(folder / name for name in sorted(used))
            return Added(paths, len(already) == len(used), len(found) - len(used), origin)
    except OSError as error:
        advice = "name another with --data-dir"
        raise DataError(root, f"cannot be written ({error.strerror})", advice=advice) from error


def _gather(card: Card, given: Iterable[Path], unpacked: Path) -> Iterator[tuple[Path, Path]]:
    """Give each of the dataset's files, by its path below the dataset's folder."""
    for path in given:
        files = list(_files(card, path, unpacked))
        yield from files
        if not files:
            patterns = ", ".join(
                p for layout in card.layouts for slot in layout.slots for p in slot
            )
            raise DataError(
                path,
                f"has no name by which {card.name} is known ({patterns}; capitals, blanks, hyphens "
                "and underscores do not count)",
                advice="rename the file if it is the right one",
            )


def _files(card: Card, path: Path, unpacked: Path) -> Iterator[tuple[Path, Path]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and belongs(card, file):
                yield file.relative_to(path), file
        return
    if not path.exists():
        raise unreadable(path, FileNotFoundError())
    if belongs(card, path):
        yield Path(path.name), path
    elif path.suffix.lower() == ".zip":
        unpacked.mkdir(exist_ok=True)
        for file in unpack(path, unpacked, lambda member: belongs(card, member)):
            yield file.relative_to(unpacked), file


def _present(card: Card, folder: Path) -> dict[Path, Path]:
    """Give the dataset's files that are in its folder already."""
    everything = sorted(folder.rglob("*")) if folder.is_dir() else []
    paths = (path for path in everything if path.is_file())
    return {path.relative_to(folder): path for path in paths if belongs(card, path)}


def _stage(trial: Path, files: dict[Path, Path]) -> None:
    """Lay links to all files as they would lie in the data folder."""
    for name, path in files.items():
        (trial / name).parent.mkdir(parents=True, exist_ok=True)
        (trial / name).symlink_to(path.resolve())
        sidecar = path.with_name(path.name + SIDECAR)
        if sidecar.is_file():
            (trial / name).with_name(name.name + SIDECAR).symlink_to(sidecar.resolve())


def _checked(dataset: Dataset, trial: Path, folder: Path) -> Origin:
    """Find and read the files as a run would."""
    try:
        origin = find(dataset, (trial.parent,), None)
    except DataError as error:
        place = folder if error.file == str(trial) else error.file
        raise DataError(place, error.problem, advice=error.advice) from error
    assert origin is not None, "every staged file has a name of some layout"
    dataset.load(origin.files, origin.layout)
    return origin


def _second(path: Path, folder: Path, origin: Origin) -> DataError:
    return DataError(
        path,
        f"would never be read: {folder} holds the layout '{origin.layout}', which comes first",
        advice="move that away, or put this below another folder with --data-dir",
    )


def _same(there: Path, file: Path) -> bool:
    """Tell whether a file is in its place already.

    Raises:
        DataError: another file is in its place.
    """
    if not there.exists():
        return False
    if digest_and_lines(there)[0] != digest_and_lines(file)[0]:
        raise DataError(there, "is there with other content", advice="remove it first")
    return True


def _place(file: Path, there: Path, link: bool) -> None:
    """Copy or link a file, whole or not at all, and remember its hash."""
    there.parent.mkdir(parents=True, exist_ok=True)
    digest = digest_and_lines(file)[0]
    sidecar = file.with_name(file.name + SIDECAR)
    for source in (sidecar, file) if sidecar.is_file() else (file,):
        target = there.with_name(there.name + SIDECAR) if source == sidecar else there
        partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            if link:
                partial.symlink_to(source.resolve())
            else:
                shutil.copyfile(source, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    if digest_and_lines(there)[0] != digest:
        there.unlink()
        raise DataError(there, "was not copied whole", advice="check the disk and add it again")
    sightings.replace(str(there.resolve()), digest)


def listed(dataset: Dataset, folders: Sequence[Path]) -> dict[str, Any]:
    """Say what a run would read of a dataset, or where to get it: one row of `data list`."""
    card = dataset.card
    row: dict[str, Any] = {"dataset": card.name, **dict.fromkeys(FOUND), "note": ""}
    try:
        origin = find(dataset, folders, None)
    except DataError as error:
        return row | {"note": str(error)}
    if origin is None:
        place = data_folder(card, folders[0])
        note = f"get it from {card.homepage or 'its authors'} and put it into {place}"
        return row | {"variant": "stand-in" if card.standin_rows else None, "note": note}
    found = {"variant": origin.variant, "layout": origin.layout, "rows": origin.lines}
    found |= {"coverage": origin.coverage, "sha256": origin.sha256}
    found |= {"files": ", ".join(str(path) for path in origin.files)}
    return row | found | {"note": "a known copy" if _is_known(card, origin) else ""}


def verified(origin: Origin) -> Iterator[dict[str, str]]:
    """Hash each file of an origin again and compare with its first sighting."""
    for path in origin.files:
        digest = digest_and_lines(path)[0]
        first = sightings.see(str(path), digest)
        same = first.sha256 == digest
        finding = f"{path.name} changed since {first.day}: it had sha256 {first.sha256}"
        yield {
            "file": str(path),
            "sha256": digest,
            "first seen": first.day,
            "finding": "" if same else finding,
        }


def _is_known(card: Card, origin: Origin) -> bool:
    """Tell whether the content is that of a copy that the card names by its hash."""
    layouts: Iterable[Layout] = (one for one in card.layouts if one.name == origin.layout)
    return any(origin.sha256 in layout.sha256 for layout in layouts)
