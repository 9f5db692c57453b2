"""Peak memory measured once for each structure: a network of the same shape needs the same memory.

A fresh process that imports a framework costs seconds. Trainings that differ in their weights only
(same model and parameters, same featurizers, same shape of inputs, as many operations, as many MB
on disk, same library versions, same machine) share one measurement; the record names the cell that
it came from. Whole MB, because two measurements of one process differ by about as much. The start of
that process is in the note too. A thorough run measures anew what a quick one noted.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from idsbench.cache import key_of
from idsbench.cells import Cell
from idsbench.errors import StoreError
from idsbench.fingerprint import fingerprint
from idsbench.record import libraries, machine
from idsbench.rowstore import META, read_json
from idsbench.store import write_text

FOLDER = "footprints"
MB = 10**6
CELL = re.compile(r"[0-9a-f]{16}")
NUMBERS = ("peak_rss_mb", "start_up_s", "start_up_cpu_s", "memory_mb")
TEXTS = ("start_up_reason", "memory_held_by", "peak_rss_from")
THOROUGH = "thorough"


def footprint_key(cell: Cell, training: Mapping[str, Any]) -> str:
    """Name the measurement that a training may share.

    Args:
        cell: one cell of the training.
        training: what the stage `train` wrote of it.
    """
    featurizers = [spec.component for spec in cell.featurizers.specs]
    parts = (*featurizers, cell.model.component, cell.target.component)
    code = [(part.build, part.libraries) for part in parts]
    return key_of(
        model=cell.model.identity,
        featurizer=[part.name for part in featurizers],
        target=cell.target.identity,
        code=fingerprint(code, ("idsbench.footprint",)),
        structure=[training["size_bytes"] // MB, training["macs"], training["input_shape"]],
        libraries=libraries(parts),
        machine=machine(),
    )


def key_of_training(cell: Cell, folder: Path) -> str:
    """Name the measurement that the training in `folder` may share; "" where it says too little."""
    try:
        return footprint_key(cell, read_json(folder / META))
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def recall(root: Path, key: str, thorough: bool = False) -> dict[str, Any] | None:
    """Give what was measured, or None; a damaged note counts as none.

    Args:
        root: the cache folder.
        key: the measurement's name.
        thorough: whether what a quick run left is not enough.
    """
    try:
        note = json.loads((root / FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(note, dict) or not _is_sound(note) or (thorough and not note.get(THOROUGH)):
        return None
    return {name: note[name] for name in (*NUMBERS, *TEXTS) if name in note}


def remember(root: Path, key: str, value: Mapping[str, Any], cell: str, thorough: bool) -> None:
    """Keep what was measured on a cell; a note that cannot be written is only not there.

    Raises:
        RunStopped: the disk is full.
    """
    if not key:
        return
    note = {name: value[name] for name in (*NUMBERS, *TEXTS) if name in value}
    text = json.dumps({**note, "peak_rss_from": cell, THOROUGH: thorough}, sort_keys=True)
    folder = root / FOLDER
    with suppress(StoreError, FileExistsError, NotADirectoryError, PermissionError):
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / f"{key}.json", text + "\n")


def _is_sound(note: Mapping[str, Any]) -> bool:
    """Whether a note can stand in a record: one that was edited or cut short cannot."""
    return (
        "peak_rss_mb" in note
        and bool(CELL.fullmatch(str(note.get("peak_rss_from"))))
        and all(_is_amount(note[name]) for name in NUMBERS if name in note)
        and all(isinstance(note[name], str) for name in TEXTS if name in note)
    )


def _is_amount(value: Any) -> bool:
    """Whether a value is None or a number above 0; a truth value is none."""
    return value is None or (type(value) in (int, float) and 0 < value <= sys.float_info.max)
