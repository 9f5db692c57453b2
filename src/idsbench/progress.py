"""What a training tells while it learns, as one line for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idsbench.rowstore import read_json

FILE = "progress.json"


def with_progress(what: str, folder: Path) -> str:
    """Give what a job does, with how far it is where it has told that.

    Args:
        what: for people, e.g. "train mqttset clean none cnn seed 0".
        folder: of the job.
    """
    try:
        line = progress_line(read_json(folder / FILE))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return what
    return f"{what}: {line}" if line else what


def progress_line(state: Mapping[str, Any]) -> str:
    """Write what a model told after an epoch.

    >>> progress_line({"epoch": 3.0, "loss": 0.12345, "rows_per_s": 15321.0})
    'epoch 3, loss 0.1235, 15,321 rows/s'
    >>> progress_line({"trial": 2.0, "trials": 20.0, "epoch": 1.0, "loss": None})
    'trial 2 of 20, epoch 1'
    """
    parts = []
    if "trial" in state:
        parts.append(f"trial {state['trial']:.0f} of {state['trials']:.0f}")
    for key, words in (
        ("epoch", "epoch {:.0f}"),
        ("loss", "loss {:.4g}"),
        ("valid_loss", "validation {:.4g}"),
        ("rows_per_s", "{:,.0f} rows/s"),
    ):
        if state.get(key) is not None:
            parts.append(words.format(state[key]))
    return ", ".join(parts)
