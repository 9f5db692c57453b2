"""A fitted estimator on disk: one file, written and read only by idsbench's own cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]

FILE = "model.joblib"


def write_estimator(folder: Path, estimator: Any, width: int) -> None:
    """Save a fitted scikit-learn estimator and its task's number of classes, uncompressed."""
    joblib.dump({"estimator": estimator, "width": width}, folder / FILE)


def read_estimator(folder: Path) -> tuple[Any, int]:
    """Give back what `write_estimator` saved.

    The file is a pickle: it is only ever read from the cache that this user's own run wrote.
    """
    saved = joblib.load(folder / FILE)
    return saved["estimator"], int(saved["width"])
