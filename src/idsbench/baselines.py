"""Named baselines and runs of a history: results folders of records alone, kept beside each other.

`results/baseline/NAME/` is a baseline, `results/history/RUN/` a run; each holds one small JSON file
for each cell, so branches that add runs merge without conflicts. Evidence is not copied: made from
real data, it stays out of git.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from idsbench.compare_source import BASELINES, NAME, opened
from idsbench.compare_values import Row
from idsbench.errors import StoreError, nearest
from idsbench.store import open_results, write_record

CURRENT = "current"


@dataclass(frozen=True)
class Kept:
    """One named set of records."""

    name: str
    folder: Path
    records: tuple[Row, ...]


def save(name: str, results: Path, under: Path = BASELINES) -> Kept:
    """Keep a copy of a results folder's records under a name that is not taken.

    Raises:
        StoreError: the name is taken or is none, or the folder has no record or a damaged one.
    """
    folder = _new(name, under)
    with opened(str(results)) as side:
        if not side.records:
            raise StoreError(f"{results} holds no record: run something first")
        _copy(side.records, folder)
        return Kept(name, folder, side.records)


def promote(name: str, under: Path = BASELINES) -> Kept:
    """Make a baseline the current one; the one that was current is replaced.

    Raises:
        StoreError: there is no such baseline.
    """
    kept = find(name, under)
    partial, folder = under / f".{CURRENT}", under / CURRENT
    shutil.rmtree(partial, ignore_errors=True)
    _copy(kept.records, partial)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return Kept(CURRENT, folder, kept.records)


def find(name: str, under: Path = BASELINES) -> Kept:
    """Read one.

    Raises:
        StoreError: there is none of that name, or a record of it is damaged or was edited.
    """
    if not NAME.match(name) or not (under / name).is_dir():
        known = nearest(name, names(under))
        raise StoreError(f"there is no baseline '{name}' in {under}: {known}")
    with opened(str(under / name)) as side:
        return Kept(name, under / name, side.records)


def names(under: Path = BASELINES) -> list[str]:
    """List all, sorted by name."""
    if not under.is_dir():
        return []
    return sorted(path.name for path in under.iterdir() if path.is_dir() and NAME.match(path.name))


def all_kept(under: Path = BASELINES) -> Iterator[Kept]:
    """Read all, sorted by name."""
    return (find(name, under) for name in names(under))


def _new(name: str, under: Path) -> Path:
    if not NAME.match(name):
        raise StoreError(
            f"'{name}' is no name: use up to 64 small letters, digits, dots, hyphens, underscores"
        )
    if (under / name).exists():
        raise StoreError(f"{under / name} exists: what is kept is not changed; use another name")
    return under / name


def _copy(records: tuple[Row, ...], folder: Path) -> None:
    open_results(folder)
    for record in records:
        write_record(folder, {key: value for key, value in record.items() if key != "seal"})
