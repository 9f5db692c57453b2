"""Class codes: what a model may learn from, and where each class's score goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from idsbench.values import Batch


def class_width(model: str, train: Batch, valid: Batch) -> int:
    """How many classes the task has, as far as training and validation labels tell: at least 2.

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
    return 1 + max(int(found[-1]), int(valid.y.max(initial=0)))


def spread_scores(
    shares: NDArray[np.floating[Any]], learned: NDArray[np.integer[Any]], width: int
) -> NDArray[np.float64]:
    """Put the probability of each learned class into the column of its code.

    Args:
        shares: (n, len(learned)).
        learned: the codes of the classes seen in training, rising.
        width: classes of the task; those never learned get 0.

    Returns:
        The probability of class 1 (n,) when `width` is 2, else of every class (n, width).
    """
    scores = np.zeros((len(shares), width), dtype=np.float64)
    scores[:, learned] = shares
    return scores[:, 1] if width == 2 else scores
