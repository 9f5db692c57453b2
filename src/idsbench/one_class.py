"""What detectors that learn from benign rows alone share: their rows, and scores from 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellError
from idsbench.values import Batch, Scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_ROWS = 10
MARGIN = 1e-3
LEAST_LEVEL = 1e-12


def benign_rows(model: str, batch: Batch) -> tuple[NDArray[np.float32], dict[str, Scalar]]:
    """Take the rows with label 0, and what a record should say of that.

    Returns:
        The benign rows (b, d), and under `assumed` how many were used and how many left out.

    Raises:
        CellError: there are fewer than 10.
    """
    benign = batch.y == 0
    count = int(benign.sum())
    if count < LEAST_ROWS:
        raise CellError(
            f"{model} learns from benign rows alone, at least {LEAST_ROWS}, and the training part "
            f"holds {count}: use another split or more data"
        )
    rows = batch.x if count == len(benign) else batch.x[benign]
    return rows, {"benign_rows": count, "attack_rows_left_out": len(benign) - count}


def alarm_level(anomaly: NDArray[np.floating], alarms: float) -> float:
    """Where to alarm so that at most the share `alarms` of benign training rows does.

    Args:
        anomaly: of the benign training rows (b,), at least 0, larger for stranger rows.
        alarms: 0 to 1.

    Returns:
        A positive level between two neighbouring values of `anomaly`, so that rounding moves no
        row across it; a little above the largest where even that one is too common.
    """
    values, counts = np.unique(np.asarray(anomaly, dtype=np.float64), return_counts=True)
    reached = np.cumsum(counts[::-1])[::-1] / counts.sum()
    allowed = np.flatnonzero(reached <= alarms)
    if not len(allowed):
        level = values[-1] * (1 + MARGIN)
    elif allowed[0] == 0:
        level = values[0] * (1 - MARGIN)
    else:
        level = (values[allowed[0] - 1] + values[allowed[0]]) / 2
    return max(float(level), LEAST_LEVEL)


def anomaly_scores(anomaly: NDArray[np.floating], level: float) -> NDArray[np.float64]:
    """anomaly (n,), at least 0 -> a / (a + level) (n,), which rises with it from 0 to 1.

    A score is 0.5 at the level. It is no probability, but larger is always more anomalous.

    >>> anomaly_scores(np.array([0.0, 2.0, 6.0]), 2.0).tolist()
    [0.0, 0.5, 0.75]
    """
    wide = np.asarray(anomaly, dtype=np.float64)
    return wide / (wide + level)
