"""From label columns to codes: class 0 is benign; unknown, missing and contradicting ones are errors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.card_values import LabelColumn
from idsbench.errors import DataError, nearest
from idsbench.values import Labels

Codes = NDArray[np.int16]
ATTACK = "attack"


def read_codes(
    frame: pl.DataFrame, specs: Sequence[LabelColumn], slot_label: str, path: Path, first: int
) -> dict[str, Codes]:
    """Give each task's codes (n,) of one file.

    Args:
        frame: its rows.
        specs: from the coarsest task to the finest.
        slot_label: what the file's name says; empty where cells say it.
        path: for messages.
        first: the line of the first row.

    Raises:
        DataError: a row without a label, with an unknown one, or with labels that contradict.
    """
    codes = {}
    for spec in specs:
        if spec.column:
            codes[spec.task] = _from_cells(frame.get_column(spec.column), spec, path, first)
        else:
            code = spec.classes.index(spec.written[slot_label])
            codes[spec.task] = np.full(frame.height, code, dtype=np.int16)
    _check_agreement(codes, specs, path, first)
    return codes


def task_labels(codes: dict[str, Codes], specs: Sequence[LabelColumn]) -> dict[str, Labels]:
    """Give the labels of every task; the binary one follows from the finest where it is not given."""
    labels = {spec.task: Labels(codes[spec.task], spec.classes) for spec in specs}
    if "binary" in labels:
        return labels
    finest = labels[specs[-1].task]
    attack = (finest.codes > 0).astype(np.int16)
    return {"binary": Labels(attack, (finest.classes[0], ATTACK)), **labels}


def check_both_classes(binary: Labels, column: str, files: Sequence[Path]) -> None:
    """Refuse rows of one class only.

    Raises:
        DataError: which class, and where.
    """
    present = np.unique(binary.codes)
    if len(present) > 1:
        return
    what = f"every row is {binary.classes[int(present[0])]}" if len(present) else "has no row left"
    advice = "a detector needs rows of both classes"
    if len(files) == 1:
        raise DataError(files[0], what, column=column or None, advice=advice)
    listed = ", ".join(path.name for path in files)
    raise DataError(files[0].parent, f"{what} ({listed})", advice=f"{advice}: add the other files")


def _from_cells(cells: pl.Series, spec: LabelColumn, path: Path, first: int) -> Codes:
    texts, names = list(spec.written), list(spec.written.values())
    if cells.null_count() and not spec.empty:
        row = first + int(cells.is_null().arg_max() or 0)
        raise DataError(
            path, "a row without a label", row=row, column=spec.column, advice="remove the line"
        )
    known = pl.Series([spec.classes.index(name) for name in names], dtype=pl.Int16)
    codes = cells.replace_strict(pl.Series(texts), known, default=-1, return_dtype=pl.Int16)
    if spec.empty:
        codes = codes.set(cells.is_null(), spec.classes.index(spec.empty))
    unknown = codes < 0
    if unknown.any():
        at = int(unknown.arg_max() or 0)
        found = str(cells[at])
        raise DataError(
            path,
            f"the label {found[:40]!r} is unknown",
            row=first + at,
            column=spec.column,
            advice=nearest(found, texts),
        )
    return codes.to_numpy()


def _check_agreement(
    codes: dict[str, Codes], specs: Sequence[LabelColumn], path: Path, first: int
) -> None:
    """Refuse a row whose coarser label is not that of its finest one."""
    fine = specs[-1]
    finer, said = codes[fine.task], fine.column or "the file's label"
    for coarse in reversed(specs[:-1]):
        given = codes[coarse.task]
        wrong = (given > 0) != (finer > 0)
        if fine.parents and coarse is specs[-2]:
            expected = np.array([_parent(fine, coarse, name) for name in fine.classes])[finer]
            wrong = (expected >= 0) & (given != expected)
        if wrong.any():
            at = int(wrong.argmax())
            problem = f"contradicts {said} {fine.classes[finer[at]]!r}"
            raise DataError(
                path,
                f"the label {coarse.classes[given[at]]!r} {problem}",
                row=first + at,
                column=coarse.column or None,
                advice="correct the line or remove it",
            )


def _parent(fine: LabelColumn, coarse: LabelColumn, name: str) -> int:
    """Give the code of a fine class's coarser class, -1 where the card does not say it."""
    parent = fine.parents.get(name, name)
    return coarse.classes.index(parent) if parent in coarse.classes else -1
