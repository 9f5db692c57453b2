"""The model `one-rule`: the single column and threshold that best separate attacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from idsbench.builtin.class_shares import class_shares, read_arrays, score_columns, task_width
from idsbench.errors import CellError
from idsbench.values import Batch, Fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.contracts import Progress


class OneRule:
    """A stump: rows at or below the threshold score one share of attacks, the others another.

    All columns and all thresholds between two of a column's values are tried. Best is the
    balanced accuracy on training rows, attacks on either side; ties go to the lowest column, then
    to the lowest threshold.
    """

    def __init__(self) -> None:
        self._column = 0
        self._threshold = 0.0
        self._shares = np.zeros((2, 2))

    def fit(self, train: Batch, valid: Batch, rng: np.random.Generator, progress: Progress) -> Fit:
        """Learn from train.x (n, d), train.y (n,); nothing is random.

        Raises:
            CellError: the training rows are all benign or all attacks.
        """
        attack = train.y > 0
        attacks = int(attack.sum())
        if attacks in (0, len(attack)):
            held = "no rows" if not len(attack) else "only attacks" if attacks else "no attacks"
            raise CellError(
                "one-rule needs benign rows and attacks to learn from and the training part holds "
                f"{held}: use another split or more data"
            )
        self._column, self._threshold = best_rule(train.x, attack)
        above = train.x[:, self._column].astype(np.float64) > self._threshold
        width = task_width(train.y, valid.y)
        # Where every column is constant nothing lies above, and both leaves are the whole part.
        leaves = (train.y[~above], train.y[above] if above.any() else train.y)
        self._shares = np.stack([class_shares(leaf, width) for leaf in leaves])
        return Fit(assumed={"column_index": self._column, "threshold": self._threshold})

    def scores(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        """x (n, d) -> share of attack in the row's leaf (n,), or of each class (n, k)."""
        above = x[:, self._column].astype(np.float64) > self._threshold
        return score_columns(self._shares[above.astype(np.intp)])

    def parameter_count(self) -> int:
        """Column, threshold and a share per leaf: 4; with k > 2 classes, k shares per leaf."""
        classes = self._shares.shape[1]
        return 2 + 2 * (1 if classes == 2 else classes)

    def macs(self) -> int:
        """Nothing is multiplied."""
        return 0

    def save(self, folder: Path) -> None:
        """Write one file of plain arrays into `folder`."""
        np.savez(
            folder / "model.npz",
            column=np.int64(self._column),
            threshold=np.float64(self._threshold),
            shares=self._shares,
        )

    def restore(self, folder: Path, threads: int) -> None:
        """Become the model saved in `folder`; it scores in one thread whatever `threads` is."""
        saved = read_arrays(folder / "model.npz")
        self._column, self._threshold = int(saved["column"]), float(saved["threshold"])
        self._shares = saved["shares"]


def best_rule(x: NDArray[np.float32], attack: NDArray[np.bool_]) -> tuple[int, float]:
    """Column and threshold with the best balanced accuracy of `x > threshold` or its opposite.

    Args:
        x: rows (n, d).
        attack: which rows are attacks (n,); some are and some are not.

    Returns:
        The column's index, and the middle between the two values that it separates; column 0
        and its value where every column is constant.
    """
    best = (0, float(x[0, 0]), -1)
    for column in range(x.shape[1]):
        threshold, gain = _best_threshold(x[:, column], attack)
        if gain > best[2]:
            best = (column, threshold, gain)
    return best[:2]


def _best_threshold(values: NDArray[np.float32], attack: NDArray[np.bool_]) -> tuple[float, int]:
    """Best threshold of one column, and |balanced accuracy - 1/2| times 2 x attacks x benign.

    The scaled gain is a whole number, so that ties are exact; -1 for a constant column.
    """
    order = np.argsort(values)
    ordered = values[order]
    cuts = np.flatnonzero(ordered[1:] > ordered[:-1])  # a cut lies after the row at this place
    if not len(cuts):
        return float(ordered[0]), -1
    attacks_below = np.cumsum(attack[order], dtype=np.int64)[cuts]
    benign_below = cuts + 1 - attacks_below
    attacks = int(attack.sum())
    benign = len(attack) - attacks
    # (attacks above / attacks + benign below / benign) / 2, less 1/2, over a common denominator.
    gains = np.abs(benign_below * attacks - attacks_below * benign)
    cut = cuts[int(np.argmax(gains))]
    # In float64 the middle of two float32 neighbours lies strictly between them.
    middle = (float(ordered[cut]) + float(ordered[cut + 1])) / 2
    return middle, int(gains.max())
