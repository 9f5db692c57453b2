"""Tables and prepared rows <-> folders of plain .npy files, opened as memory maps.

One process writes an entry; every later job of any cell maps the same pages, so a matrix is held
once however many cells use it.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError
from idsbench.values import Labels, Note, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DamagedFileError(CellError, ValueError):
    """A file of the cache does not hold what was written into it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is damaged since it was written: run again with --retry failed, "
            "which makes it anew"
        )


META = "meta.json"
EVIDENCE = "evidence.npz"


@dataclass(frozen=True)
class Part:
    """Rows of one part of a split, in feature space; arrays of m rows.

    Args:
        x: float32 (m, d'), after the numeric stage and before the layout.
        y: int16 (m,) task labels.
        base: int64 (m,) the table row that each is, or was made from.
        neighbour: int64 (m,) the second parent of a synthetic row, else `base`.
        synthetic: bool (m,).
    """

    x: NDArray[np.float32]
    y: NDArray[np.int16]
    base: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    synthetic: NDArray[np.bool_]


PART_ARRAYS = ("x", "y", "base", "neighbour", "synthetic")


def save_table(folder: Path, table: Table, row_hash: NDArray[np.uint64]) -> None:
    """Write a table and its rows' content hashes (n,)."""
    np.save(folder / "x.npy", np.ascontiguousarray(table.x, dtype=np.float32))
    np.save(folder / "row_hash.npy", row_hash)
    np.save(folder / "attack.npy", table.attack.codes)
    for task, labels in table.labels.items():
        np.save(folder / f"label-{task}.npy", labels.codes)
    for name, array in (("group", table.group), ("time", table.time)):
        if array is not None:
            np.save(folder / f"{name}.npy", array)
    meta = {
        "columns": table.columns,
        "classes": {task: labels.classes for task, labels in table.labels.items()},
        "attacks": table.attack.classes,
        "group_name": table.group_name if table.group is not None else "",
        "notes": [[note.what, note.count] for note in table.notes],
        "flags": table.flags,
    }
    write_json(folder / META, meta)


def open_table(folder: Path) -> Table:
    """Map a table that `save_table` wrote."""
    meta = read_json(folder / META)
    labels = {
        task: Labels(_map(folder / f"label-{task}.npy"), tuple(classes))
        for task, classes in meta["classes"].items()
    }
    return Table(
        x=_map(folder / "x.npy"),
        columns=tuple(meta["columns"]),
        labels=labels,
        attack=Labels(_map(folder / "attack.npy"), tuple(meta["attacks"])),
        group=_map_if_there(folder / "group.npy"),
        group_name=meta["group_name"],
        time=_map_if_there(folder / "time.npy"),
        notes=tuple(Note(what, count) for what, count in meta["notes"]),
        flags=tuple(meta["flags"]),
    )


def row_hashes_of(folder: Path) -> NDArray[np.uint64]:
    """Map the content hashes (n,) of a table's rows."""
    array: NDArray[np.uint64] = _map(folder / "row_hash.npy")
    return array


def save_vectors(folder: Path, vector: NDArray[np.uint64]) -> None:
    """Keep the hashes (n,) of a table's feature vectors beside it, which every split asks for."""
    np.save(folder / "vector.npy", vector)


def vectors_of(folder: Path) -> NDArray[np.uint64] | None:
    """Map the hashes (n,) of a table's feature vectors; None where they were not kept."""
    array: NDArray[np.uint64] | None = _map_if_there(folder / "vector.npy")
    return array


def save_part(folder: Path, name: str, part: Part) -> None:
    """Write one part of a split."""
    for array in PART_ARRAYS:
        np.save(folder / f"{name}_{array}.npy", getattr(part, array))


def open_part(folder: Path, name: str) -> Part:
    """Map one part of a split."""
    return Part(*(_map(folder / f"{name}_{array}.npy") for array in PART_ARRAYS))


def save_states(folder: Path, states: list[Mapping[str, Any]]) -> None:
    """Write the fitted state of each featurizer of a chain, as plain arrays."""
    for number, state in enumerate(states):
        np.savez(folder / f"state_{number}.npz", allow_pickle=False, **dict(state))


def open_state(folder: Path, number: int) -> dict[str, Any]:
    """Read the fitted state of one featurizer of a chain."""
    path = folder / f"state_{number}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedFileError(path) from error


def write_json(path: Path, value: Any) -> None:
    """Write JSON that a person can read; NaN is refused."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        DamagedFileError: it is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFileError(path) from error


def _map(path: Path) -> Any:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise DamagedFileError(path) from error


def _map_if_there(path: Path) -> Any:
    return _map(path) if path.exists() else None
