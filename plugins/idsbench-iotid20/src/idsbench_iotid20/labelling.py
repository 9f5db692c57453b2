"""From the label columns to codes: class 0 is benign, unknown and missing labels are errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from idsbench.errors import DataError
from idsbench.reading import first_null
from idsbench.values import Labels
from idsbench_iotid20 import schema

ENCODED = ("0", "1")  # the sample's way to write Normal and Anomaly


def read_labels(path: Path, frame: pl.DataFrame, layout: str) -> dict[str, Labels]:
    """Give the labels of every task that the layout has; `codes` are int16 (n,).

    Raises:
        DataError: a row has no label, an unknown one, or labels that contradict each other.
    """
    if layout != schema.FULL:
        return {"binary": Labels(_codes(path, frame, "Label", ENCODED), schema.BINARY)}
    labels = {
        "binary": Labels(_codes(path, frame, "Label", schema.BINARY), schema.BINARY),
        "category": Labels(_codes(path, frame, "Cat", schema.CATEGORIES), schema.CATEGORIES),
        "subcategory": Labels(
            _codes(path, frame, "Sub_Cat", schema.SUBCATEGORIES), schema.SUBCATEGORIES
        ),
    }
    _check_agreement(path, labels)
    return labels


def _codes(
    path: Path, frame: pl.DataFrame, column: str, allowed: tuple[str, ...]
) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    row = first_null(frame, column)
    if row is not None:
        raise DataError(
            path, "a row without a label", row=row + 2, column=column, advice="remove the line"
        )
    cells = frame.get_column(column)
    codes = cells.cast(pl.Enum(allowed), strict=False).to_physical()
    unknown = codes.is_null().arg_max() if codes.null_count() else None
    if unknown is not None:
        raise DataError(
            path,
            f"the label {str(cells[unknown])[:40]!r} is unknown",
            row=unknown + 2,
            column=column,
            advice=f"the labels are: {', '.join(allowed)}",
        )
    return codes.cast(pl.Int16).to_numpy()


def _check_agreement(path: Path, labels: dict[str, Labels]) -> None:
    """Refuse a row whose category or binary label is not that of its subcategory."""
    fine = labels["subcategory"].codes
    category = np.array([schema.CATEGORIES.index(c) for c in schema.CATEGORY_OF])[fine]
    for task, column, expected in (
        ("category", "Cat", category),
        ("binary", "Label", np.minimum(fine, 1)),
    ):
        wrong = labels[task].codes != expected
        if wrong.any():
            row = int(wrong.argmax())
            given = labels[task].classes[int(labels[task].codes[row])]
            raise DataError(
                path,
                f"the label {given!r} contradicts Sub_Cat {schema.SUBCATEGORIES[int(fine[row])]!r}",
                row=row + 2,
                column=column,
                advice="correct the line or remove it",
            )
