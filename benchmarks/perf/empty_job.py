"""A job with next to no work of its own, so that what is measured is its isolation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from idsbench.errors import CellSkipped


class Nothing:
    """A dataset that is never read."""

    def load(self, files: Sequence[Path], layout: str) -> NoReturn:
        raise CellSkipped("nothing to read")
