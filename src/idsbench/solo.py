"""How a measurement gets the machine for itself: it says that it is ready, and waits to be let on.

Both sides are here: the runner's, which makes the gate and opens it, and the job's.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_READY, _GATE = "ready", "gate"


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
