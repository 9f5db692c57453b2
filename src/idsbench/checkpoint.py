"""Where a killed training goes on: its state on the disk, written now and then, read once.

A state is plain arrays and JSON values in one file; nothing is ever unpickled. The file is written
under another name, flushed and renamed, so that a kill leaves the last whole state. Nothing is
written before a training has lasted 10 s, and never for more than a twentieth of its time.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.values import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
FIRST_S = 10.0
SHARE = 20
ABOUT, ARRAY = "about", "array/"
BROKEN = (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)
TORN = "a checkpoint was there but torn, and not used"
FOREIGN = "a checkpoint was there but of another training, and not used"
SHARED = "another process trains the same: no checkpoint was read or written"


@dataclass
class Checkpoints:
    """The states of one training; what a model whose traits say `resumes` is given.

    Args:
        file: where they are kept; None keeps none.
        owner: what must be the same for a state to be gone on from.
        clock: seconds.
        note: why a state that was found is not used; empty where all is in order.
        resumed: the epoch that was gone on from; 0 for a training from its start.
        earlier_s: seconds that went into it before.
    """

    file: Path | None
    owner: str
    clock: Callable[[], float] = time.monotonic
    note: str = ""
    resumed: int = field(default=0, init=False)
    earlier_s: float = field(default=0.0, init=False)
    _began: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)
    _cost: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._began = self._last = self.clock()

    def load(self, like: Mapping[str, NDArray[np.generic]]) -> State | None:
        """Give the state to go on from, or None: there is none, or none that fits.

        Args:
            like: arrays that the state must hold with these shapes and types; others may be there.
        """
        if self.file is None or not self.file.is_file():
            return None
        try:
            about, state = _read(self.file)
            seconds = float(about["seconds"])
        except BROKEN:
            self.note = TORN
            return None
        if about["owner"] != [FORMAT, self.owner] or not _fits(state.arrays, like):
            self.note = FOREIGN
            return None
        self.resumed, self.earlier_s = state.epoch, seconds
        return state

    def offer(self, make: Callable[[], State]) -> None:
        """Write the state that `make` gives, if it is time to; called after each epoch."""
        now = self.clock()
        if self.file is None or now - self._last < max(FIRST_S, SHARE * self._cost):
            return
        try:
            _write(self.file, make(), [FORMAT, self.owner], self.earlier_s + now - self._began)
        except OSError as error:
            # A training does not fail because its state could not be kept.
            self.note = f"no checkpoint could be written ({error.strerror})"
            self.file = None
        self._last = self.clock()
        self._cost = self._last - now

    def remove(self) -> None:
        """Remove the state: the training ended."""
        if self.file is not None:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)


@contextmanager
def unfinished(folder: Path | None) -> Iterator[Path | None]:
    """Hold a training's folder for this process alone; None where another holds it, or none is given.

    The folder goes with the end of the training, also with an error of its own; it stays where the
    process is ended from outside, or was out of memory.
    """
    if folder is None:
        yield None
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / ".lock").open("w", encoding="utf-8")
    except OSError:
        yield None
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        try:
            yield folder
        except MemoryError:
            raise
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _write(file: Path, state: State, owner: list[Any], seconds: float) -> None:
    about = {"owner": owner, "seconds": seconds, "epoch": state.epoch, "values": state.values}
    text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    named = {f"{ARRAY}{name}": array for name, array in state.arrays.items()}
    partial = file.with_suffix(".tmp")
    with partial.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **{ABOUT: text, **named})
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)


def _read(file: Path) -> tuple[dict[str, Any], State]:
    # Opened here: NumPy leaves a file open that is no archive.
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        about = json.loads(stored[ABOUT].tobytes())
        names = [name for name in stored.files if name != ABOUT]
        arrays = {name.removeprefix(ARRAY): stored[name] for name in names}
    return about, State(int(about["epoch"]), arrays, dict(about["values"]))


def _fits(
    arrays: Mapping[str, NDArray[np.generic]], like: Mapping[str, NDArray[np.generic]]
) -> bool:
    return all(
        name in arrays and arrays[name].shape == one.shape and arrays[name].dtype == one.dtype
        for name, one in like.items()
    )
