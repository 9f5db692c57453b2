"""How a measurement gets the machine for itself: it says that it is ready, and waits to be let on.

Both sides are here: the runner's, which makes the gate and opens it, and the job's. A job that was
stopped meanwhile is told for how long, so that no duration that it measures holds that time.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_READY, _GATE, _PAUSES = "ready", "gate", "pauses.txt"


def make_gate(folder: Path) -> dict[str, str]:
    """Make a gate in a job's folder; give what the job must be told of it."""
    os.mkfifo(folder / _GATE)
    return {"gate": str(folder)}


def is_ready(folder: Path) -> bool:
    """Tell whether the job waits at the gate."""
    return (folder / _READY).exists()


def open_gate(folder: Path) -> None:
    """Let the job on; one that has ended meanwhile is not waited for."""
    with contextlib.suppress(OSError):
        gate = os.open(folder / _GATE, os.O_WRONLY | os.O_NONBLOCK)
        os.write(gate, b"!")
        os.close(gate)


def wait_at_gate(job: Mapping[str, Any]) -> None:
    """Say that only timing is left and wait; a job without a gate goes on."""
    if "gate" not in job:
        return
    folder = Path(job["gate"])
    # Opened without waiting, so that the runner finds a reader as soon as it reads `ready`.
    gate = os.open(folder / _GATE, os.O_RDONLY | os.O_NONBLOCK)
    (folder / _READY).touch()
    select.select([gate], [], [])
    os.close(gate)


def pauses_of(folder: Path) -> dict[str, str]:
    """Give what a job must be told to learn of its pauses."""
    return {"pauses": str(folder / _PAUSES)}


def note_pause(folder: Path, since: float, until: float) -> None:
    """Tell a job, before it goes on, that it stood still; times are of the monotonic clock."""
    with (folder / _PAUSES).open("a", encoding="ascii") as file:
        file.write(f"{since} {until}\n")


def stood_s(job: Mapping[str, Any], began: float, ended: float) -> float:
    """Give for how many seconds, from `began` to `ended`, the job stood still."""
    try:
        lines = Path(job["pauses"]).read_text(encoding="ascii").splitlines()
    except (KeyError, FileNotFoundError):
        return 0.0
    pauses = [tuple(map(float, line.split())) for line in lines]
    return sum(max(0.0, min(ended, until) - max(began, since)) for since, until in pauses)
