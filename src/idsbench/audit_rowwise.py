"""Runtime proof that a featurizer and a scorer treat each row by itself.

A featurizer that looks at other rows, is fitted again while it transforms, or remembers the rows it
was fitted on, and a scorer that uses the order of rows, can carry labels where none may be. Both are
asked again about a few rows, in other company, and must answer as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idsbench.components import FeaturizerChain
from idsbench.contracts import Scorer
from idsbench.errors import CellError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 64
NUDGED_COLUMNS = 8
CLOSE = 1e-4  # of a feature's range: what batched arithmetic may differ by
JUMP = 1e-2  # of a feature's range: what no nudge of one part in 100,000 may cause
REMEMBERED_SHARE = 0.05
SCORE_TOLERANCE = 1e-2
SEED = 0


def some_rows(rows: int) -> NDArray[np.int64]:
    """Choose at most 64 of so many rows, evenly spread."""
    return np.unique(np.linspace(0, max(rows - 1, 0), min(rows, ROWS)).astype(np.int64))


def check_featurizer(
    chain: FeaturizerChain, fitted: NDArray[np.float32], others: NDArray[np.float32]
) -> None:
    """Refuse a fitted featurizer that does not work row by row.

    Args:
        chain: fitted.
        fitted: some rows (n, d) that it was fitted on.
        others: some rows (m, d) of the other parts.

    Raises:
        CellError: naming what it does.
    """
    rows = np.concatenate([fitted, others])
    before = _states(chain)
    whole = _features(chain, rows)
    if not _same_states(before, _states(chain)):
        raise CellError(
            "the featurizer's transform changes what was fitted: fit it in fit, on training rows, "
            "and leave it alone afterwards"
        )
    reach = np.ptp(whole, axis=0)
    order = np.random.default_rng(SEED).permutation(len(rows))
    for company in (order, np.arange(len(rows))[::2], np.arange(1)):
        again = _features(chain, rows[company])
        if not _close(again, whole[company], reach):
            raise CellError(
                "the featurizer does not work row by row: with rows shuffled or dropped, transform "
                "or layout gave other values for the same rows"
            )
    _check_memory(chain, fitted, whole[: len(fitted)], reach)


def check_transformed(
    chain: FeaturizerChain, rows: NDArray[np.float32], kept: NDArray[np.float32]
) -> None:
    """Refuse features (m, d') that rows (m, d) of one part do not have by themselves.

    Raises:
        CellError: the part was transformed as a whole, not row by row.
    """
    again = chain.transform(rows)
    if not _close(again, kept, np.ptp(kept, axis=0)):
        raise CellError(
            "the featurizer does not work row by row: a part of the split was given features that "
            "its rows do not have by themselves"
        )


def check_scorer(scorer: Scorer, x: NDArray[np.float32], scores: NDArray[np.float64]) -> None:
    """Refuse a scorer whose scores depend on the order or the company of rows.

    Args:
        scorer: the deployed model.
        x: some rows as it takes them.
        scores: (n,) or (n, k), what it said of these rows before, among others.

    Raises:
        CellError: it now says something else.
    """
    again = np.asarray(scorer.scores(x[::-1]), dtype=np.float64)[::-1]
    off = np.abs(again - scores).reshape(len(x), -1).max(axis=1) > SCORE_TOLERANCE
    if off.any():
        raise CellError(
            f"the model's scores depend on the order or number of rows: {int(off.sum())} of "
            f"{len(x)} test rows got another score when they were asked again in other company"
        )


def _check_memory(
    chain: FeaturizerChain,
    fitted: NDArray[np.float32],
    whole: NDArray[np.float32],
    reach: NDArray[np.float32],
) -> None:
    """Nudge one column at a time: a feature that jumps whichever it is knows the row, not its values."""
    columns = np.flatnonzero(np.ptp(fitted, axis=0) > 0)
    columns = columns[np.linspace(0, len(columns) - 1, NUDGED_COLUMNS).astype(int)]
    if len(np.unique(columns)) < 2:
        return
    jumped = np.ones(whole.shape[1])
    for j in np.unique(columns):
        nudged = fitted.copy()
        step = np.float32(1e-5) * np.ptp(fitted[:, j])
        nudged[:, j] = np.nextafter(nudged[:, j] + step, np.float32(np.inf))
        change = np.abs(_features(chain, nudged) - whole)
        jumped = np.minimum(jumped, (change > JUMP * np.maximum(reach, 1e-6)).mean(axis=0))
    if jumped.max() >= REMEMBERED_SHARE:
        raise CellError(
            "the featurizer remembers the rows it was fitted on: feature "
            f"{int(jumped.argmax())} jumps whichever column of a training row is nudged by one part "
            "in 100,000"
        )


def _features(chain: FeaturizerChain, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    laid = np.asarray(chain.layout(chain.transform(np.ascontiguousarray(rows))))
    return laid.reshape(len(laid), -1)


def _close(
    one: NDArray[np.float32], other: NDArray[np.float32], reach: NDArray[np.float32]
) -> bool:
    if one.shape != other.shape:
        return False
    return bool((np.abs(one - other) <= CLOSE * np.maximum(reach, np.abs(other)) + 1e-6).all())


def _states(chain: FeaturizerChain) -> list[dict[str, NDArray[np.generic]]]:
    return [{name: np.array(value) for name, value in state.items()} for state in chain.states()]


def _same_states(
    one: list[dict[str, NDArray[np.generic]]], other: list[dict[str, NDArray[np.generic]]]
) -> bool:
    return all(
        first.keys() == second.keys()
        and all(np.array_equal(first[name], second[name]) for name in first)
        for first, second in zip(one, other, strict=True)
    )
