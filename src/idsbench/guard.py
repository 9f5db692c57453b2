"""Watches the machine itself, so that a run pauses or stops cleanly instead of being killed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import psutil

from idsbench.errors import RunStopped

SCARCE_MB = 400.0  # available memory below which nothing new is started
CRITICAL_MB = 150.0  # below this the largest job ends, before the kernel chooses one
LEAST_DISK_MB = 200.0


def memory_state() -> str:
    """Give "ok", "scarce" (start nothing) or "critical" (end the largest job)."""
    available = psutil.virtual_memory().available / 1e6
    if available < CRITICAL_MB:
        return "critical"
    return "scarce" if available < SCARCE_MB else "ok"


def check_disk(folders: Iterable[Path]) -> None:
    """Refuse to go on with a disk that is nearly full.

    Raises:
        RunStopped: names the folder; what is finished stays, the same command goes on.
    """
    for folder in folders:
        free = shutil.disk_usage(folder).free / 1e6
        if free < LEAST_DISK_MB:
            raise RunStopped(
                f"{free:.0f} MB are left on the disk of {folder}, {LEAST_DISK_MB:.0f} MB are needed: "
                "the run stopped; make room and give the same command again"
            )
