"""From target strings to the labels of the two tasks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from idsbench.errors import DataError, nearest
from idsbench.values import Labels
from idsbench_mqttset.features import line_of
from idsbench_mqttset.schema import BENIGN, CLASSES, TARGET


def target_codes(target: pl.Series, file: Path) -> NDArray[np.int16]:
    """Turn the target strings of one file into codes (n,) into `CLASSES`.

    Raises:
        DataError: an empty or unknown target.
    """
    line = line_of(target.is_null())
    if line is not None:
        advice = f"write one of {', '.join(CLASSES)}"
        raise DataError(file, "a row without a label", row=line, column=TARGET, advice=advice)
    codes = target.replace_strict(
        pl.Series(CLASSES), pl.Series(range(len(CLASSES))), default=-1, return_dtype=pl.Int16
    )
    line = line_of(codes < 0)
    if line is not None:
        found = target[line - 2]
        problem = f"{found[:40]!r} is not a class of MQTTset"
        raise DataError(file, problem, row=line, column=TARGET, advice=nearest(found, CLASSES))
    return codes.to_numpy()


def task_labels(codes: NDArray[np.int16], files: tuple[Path, ...]) -> dict[str, Labels]:
    """Give the labels of the tasks "binary" and "category" from codes (n,) into `CLASSES`.

    Raises:
        DataError: only legitimate rows, or none.
    """
    attack = (codes > 0).astype(np.int16)
    if attack.all() or not attack.any():
        only = "attack" if attack.all() else BENIGN
        place = files[0] if len(files) == 1 else files[0].parent
        listed = "" if len(files) == 1 else f" ({', '.join(path.name for path in files)})"
        raise DataError(
            place,
            f"holds only {only} rows{listed}",
            advice="a detector needs legitimate and attack rows; add the missing file",
        )
    return {"binary": Labels(attack, (BENIGN, "attack")), "category": Labels(codes, CLASSES)}
