"""What every reader promises, and how many inputs were tried to break the promise."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from idsbench.errors import IdsbenchError

T = TypeVar("T")
MOST_S = 10.0  # no small input may keep a reader busy for longer, on a busy machine
TALLY = "IDSBENCH_FUZZ_TALLY"


class Promise:
    """A reader gives a value or refuses with a sentence; it is quick, and raises nothing else."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def __call__(self, reader: str, work: Callable[[], T]) -> T | None:
        """Try one input; give the value, or None where the reader refused it."""
        self.tried[reader] += 1
        started = time.monotonic()
        value: T | None = None
        sentence = "none was needed"
        try:
            value = work()
        except IdsbenchError as error:
            self.refused[reader] += 1
            sentence = str(error).strip()
        assert sentence, f"{reader} refused without a sentence"
        assert time.monotonic() - started < MOST_S, f"{reader} took too long"
        return value


@pytest.fixture(scope="session")
def promise() -> Iterator[Promise]:
    """Give the promise; at the end, write how much was tried to the file named by the tally."""
    held = Promise()
    yield held
    if TALLY in os.environ:
        counts = {"tried": dict(held.tried), "refused": dict(held.refused)}
        Path(os.environ[TALLY]).write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
