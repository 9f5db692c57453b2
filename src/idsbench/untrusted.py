"""JSON files from strangers: plain files of a moderate size, and strict JSON."""

from __future__ import annotations

import errno
import gc
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec


class NotPlainFileError(Exception):
    """It is a link, a pipe, a folder or a device, or it is too large."""


def content(path: Path, most: int) -> bytes:
    """Read a plain file of at most `most` bytes; a link is not followed, a pipe not waited for.

    Raises:
        NotPlainFileError: it is something else, or larger.
        OSError: it cannot be read.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise NotPlainFileError(str(path)) from error
        raise
    try:
        state = os.fstat(number)
        if not stat.S_ISREG(state.st_mode) or state.st_size > most:
            raise NotPlainFileError(str(path))
        with open(number, "rb", buffering=0, closefd=False) as stream:
            return stream.read()
    finally:
        os.close(number)


def parse(text: str | bytes) -> Any:
    """Read JSON: finite numbers, and text that can be written again.

    Of equal keys the last counts; whole numbers keep all their digits.

    Raises:
        ValueError: anything else.
        RecursionError: nested too deeply.

    >>> parse('{"a": [1.5, 10000000000000000000000], "a": null}')
    {'a': None}
    """
    return msgspec.json.decode(text)


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold Python's collector of cycles while many files are read or shown.

    It would visit all that was read again and again, and what comes from JSON holds no cycles.
    """
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()
