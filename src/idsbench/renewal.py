"""What is thrown out of the cache before a run: what was altered, and with --fresh what was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from idsbench.cache import discard_training, entry, is_made, late_damage, remove
from idsbench.cells import (
    Cell,
    Source,
    artifact_key,
    prepared_key,
    source_key,
    target_format,
    training_key,
)


def discard(root: Path, cells: Iterable[Cell]) -> None:
    """Remove the trainings of cells, and what their targets made of them."""
    for cell in cells:
        discard_training(root, training_key(cell))
        if target_format(cell.target):
            remove(entry(root, "artifacts", artifact_key(cell)))


def heal(root: Path, cells: Iterable[Cell]) -> list[str]:
    """Remove entries of cells whose bytes were altered since they were written.

    Returns:
        A sentence for each, without a folder of this machine.
    """
    told = []
    for folder in dict.fromkeys(folder for cell in cells for folder in _entries(root, cell)):
        if is_made(folder) and (found := late_damage(folder)):
            remove(folder)
            place = f"{folder.parent.name}/{folder.name}"
            told.append(f"{found} in the cache entry {place}: it is thrown away and made again")
    return told


def _entries(root: Path, cell: Cell) -> Iterator[Path]:
    for key in _tables(cell.source):
        yield entry(root, "tables", key)
    yield entry(root, "prepared", prepared_key(cell))
    yield entry(root, "trainings", training_key(cell))
    if target_format(cell.target):
        yield entry(root, "artifacts", artifact_key(cell))


def _tables(source: Source) -> Iterator[str]:
    yield source_key(source)
    for part in source.parts:
        yield from _tables(part)
