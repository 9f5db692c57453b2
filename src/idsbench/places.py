"""Paths of this machine in texts that stand in records, and so may be published."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from idsbench.cache import cache_place

LEAST_DEPTH = 3  # a folder nearer to the root is too short to be told from other text


def without_places(text: str) -> str:
    """Shorten paths: of modules to what is imported, of the cache to `cache`, of home to `~`.

    Other paths stay: a message about a data file has to name it.

    >>> import json
    >>> without_places(f'File "{json.__file__}", line 1')
    'File "json/__init__.py", line 1'
    """
    for folder, short in (*_cache(), *_places()):
        text = text.replace(folder, short)
    return text


def _cache() -> Iterator[tuple[str, str]]:
    """Give the cache folder under each of its names; the environment may name another at any time."""
    place = cache_place()
    for folder in {os.path.realpath(place), os.path.abspath(place)}:
        if len(Path(folder).parts) >= LEAST_DEPTH:
            yield folder.rstrip(os.sep) + os.sep, "cache/"


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """Give what is replaced by what, longest first: a virtual environment lies in a project."""
    installed = (sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    folders = {os.path.abspath(path) for path in (*sys.path, *installed) if path}
    short = {
        folder.rstrip(os.sep) + os.sep: ""
        for folder in folders
        if len(Path(folder).parts) >= LEAST_DEPTH
    }
    home = os.path.expanduser("~")
    if len(Path(home).parts) >= 2:
        short[home.rstrip(os.sep) + os.sep] = "~/"
    return tuple(sorted(short.items(), key=lambda place: -len(place[0])))
