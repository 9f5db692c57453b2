"""Peak memory measured once for each structure: a network of the same shape needs the same memory.

A fresh process that imports a framework costs seconds. Trainings that differ in their weights only
(same model and parameters, same featurizers, same shape of inputs, as many operations, as many MB
on disk, same library versions, same machine) share one measurement; the record names the cell that
it came from. Whole MB, because two measurements of one process differ by about as much.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idsbench.cache import key_of
from idsbench.cells import Cell
from idsbench.fingerprint import fingerprint
from idsbench.record import libraries, machine
from idsbench.store import write_text

FOLDER = "footprints"
MB = 10**6


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


def recall(root: Path, key: str) -> dict[str, Any] | None:
    """Give what was measured, or None; a damaged note counts as none."""
    try:
        value = json.loads((root / FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and "peak_rss_mb" in value else None


def remember(root: Path, key: str, value: Mapping[str, Any], cell: str) -> None:
    """Keep what was measured on a cell."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**value, "peak_rss_from": cell}, sort_keys=True)
    write_text(folder / f"{key}.json", text + "\n")
