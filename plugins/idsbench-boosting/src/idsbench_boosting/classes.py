"""Class codes: what the libraries learn from, and where each class's score goes.

LightGBM and XGBoost want codes without gaps, and a task may have classes without training rows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.values import Batch

FILE = "classes.json"


@dataclass(frozen=True)
class Classes:
    """The classes of a task: `learned` are the codes with training rows, rising; `width` counts all."""

    learned: tuple[int, ...]
    width: int

    @property
    def binary(self) -> bool:
        """Whether two classes were learned, for which one score suffices."""
        return len(self.learned) == 2

    def known(self, y: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Which labels y (n,) are of learned classes."""
        return np.isin(y, self.learned)

    def encode(self, y: NDArray[np.int16]) -> NDArray[np.float32]:
        """Labels y (n,) of learned classes as 0, 1, 2, … without gaps."""
        return np.searchsorted(self.learned, y).astype(np.float32)

    def spread(self, shares: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Put shares (n, learned), or (n,) of the second of two, into the columns of their codes.

        Returns:
            The probability of class 1 (n,) when the task has two classes, else of every class
            (n, width); classes that were never trained get 0.
        """
        if shares.ndim == 1:
            shares = np.stack([1.0 - shares, shares], axis=1)
        scores = np.zeros((len(shares), self.width), dtype=np.float64)
        scores[:, list(self.learned)] = shares
        return np.ascontiguousarray(scores[:, 1]) if self.width == 2 else scores


def find_classes(model: str, train: Batch, valid: Batch) -> Classes:
    """Read the classes off training and validation labels.

    Raises:
        CellError: the training rows hold fewer than two classes.
    """
    found = np.unique(train.y)
    if len(found) < 2:
        held = f"only class {found[0]}" if len(found) else "no rows"
        raise CellError(
            f"{model} needs training rows of two classes and the training part holds {held}: "
            "use another split or more data"
        )
    width = 1 + max(int(found[-1]), int(valid.y.max(initial=0)))
    return Classes(tuple(found.tolist()), width)


def write_classes(folder: Path, classes: Classes) -> None:
    """Write one small JSON file into `folder`."""
    (folder / FILE).write_text(json.dumps(asdict(classes)) + "\n", encoding="utf-8")


def read_classes(folder: Path) -> Classes:
    """Give back what `write_classes` wrote."""
    saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Classes(tuple(saved["learned"]), int(saved["width"]))
