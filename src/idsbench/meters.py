"""The energy meters and how one is chosen. A meter is made for one phase and never used again.

Third parties need no code here: any file or command that gives joules is a meter.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Protocol

from idsbench.errors import nearest

AUTO, CODECARBON, RAPL, NVML, NONE = NAMES = ("auto", "codecarbon", "rapl", "nvml", "none")
PROCESSOR, GPU = "cpu", "cuda"


class MeterError(Exception):
    """There is no such meter here, or it gave no usable figure; the message is the reason."""


class Meter(Protocol):
    """Reads the energy of one phase.

    Args:
        method: as in a record: rapl, nvml, meter or model.
        detail: what was read, for the record; known at the latest when it stops.
        whole: whether it sees the whole device, so that idle power and other work are in it.
        resolution_j: the smallest difference that it can tell, in joules; 0 where it is not known.
        shortest_s: a shorter phase says nothing.
    """

    method: str
    detail: str
    whole: bool
    resolution_j: float
    shortest_s: float

    def start(self) -> None:
        """Begin.

        Raises:
            MeterError: it cannot be read.
        """
        ...

    def stop(self) -> float:
        """Give the joules since `start`.

        Raises:
            MeterError: it cannot be read, or what it gave is no energy.
        """
        ...


def choose(which: str, device: str = PROCESSOR) -> Meter:
    """Make the meter that `--meter` names.

    `auto` reads the counters of the device where they can be read. Of a processor without them
    codecarbon gives an estimate; of a GPU there is none.

    Args:
        which: one of `NAMES`, else a file or a command.
        device: where the work is done, "cpu" or "cuda".

    Raises:
        MeterError: there is no such meter here.
    """
    if which == NONE:
        raise MeterError("no meter was asked for (--meter none)")
    if which == CODECARBON:
        from idsbench.meter_codecarbon import Codecarbon

        return Codecarbon()
    if which == NVML or (which == AUTO and device == GPU):
        from idsbench.meter_nvml import Nvml

        return Nvml()
    if which in (AUTO, RAPL):
        return _rapl(which)
    from idsbench.meter_outside import Outside

    return Outside(which)


def _rapl(which: str) -> Meter:
    from idsbench.meter_rapl import Rapl

    try:
        return Rapl()
    except MeterError:
        if which == RAPL:
            raise
    return choose(CODECARBON)


def called(which: str) -> str:
    """Name what `--meter` was given without a folder of the machine: records hold none.

    >>> called("rapl"), called("/usr/bin/cat /run/joules"), called("joules.txt")
    ('rapl', 'cat', 'joules.txt')
    """
    if which in NAMES or Path(which).is_file():
        return Path(which).name
    return Path(shlex.split(which)[0]).name


def problem_of(which: str) -> str:
    """Say what is wrong with the value of `--meter`; empty when it names a meter."""
    if which in NAMES or Path(which).is_file():
        return ""
    try:
        words = shlex.split(which)
    except ValueError as error:
        return f"--meter {which}: cannot be read as a command ({error})"
    if words and shutil.which(words[0]):
        return ""
    return f"--meter {which}: there is no such file or command; {nearest(which, NAMES)}"
