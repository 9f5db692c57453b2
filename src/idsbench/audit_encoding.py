"""Codes that were given to each part of a table by itself, so that one number has two meanings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import BOUKE, WARNING, Finding
from idsbench.audit_subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_CODES = 8
FARTHER_THAN_CHANCE = 1.5
FARTHEST = 0.1


def encoding_findings(subject: Subject) -> Iterator[Finding]:
    """Compare the codes of the parts: files where there are several, else training and test rows."""
    parts = list(_parts(subject))
    if len(parts) < 2:
        return
    wrong = [
        name
        for j, name in enumerate(subject.table.columns)
        if is_coded_apart(*(np.asarray(subject.table.x[rows, j]) for rows in parts[:2]))
    ]
    if wrong:
        what = (
            "whole numbers that run from 0 without a gap in both parts and are spread differently: "
            "the parts look encoded one by one, so a code may not mean the same in both"
        )
        yield Finding(WARNING, "per-split-encoding", what, columns=tuple(wrong), source=BOUKE)


def is_coded_apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Tell whether two parts of a column, (n,) and (m,), look like codes given to each by itself.

    Codes given once to the whole table leave gaps in a part, or follow the same distribution. Both
    parts must be dense codes, of different sizes, farther apart than chance moves them.
    """
    sizes = [_codes(part) for part in (one, other)]
    if not all(sizes) or sizes[0] == sizes[1] or min(sizes) < FEWEST_CODES:
        return False
    counts = np.stack(
        [np.bincount(part.astype(np.int64), minlength=max(sizes)) for part in (one, other)]
    )
    rows = counts.sum(axis=1, keepdims=True)
    distance = float(np.abs(counts[0] / rows[0] - counts[1] / rows[1]).sum()) / 2
    # What half the sum of differences of two samples of one distribution is on average, nearly.
    pooled = counts.sum(axis=0) / rows.sum()
    chance = float(np.sqrt(pooled * (1 / rows).sum() * 2 / np.pi).sum()) / 2
    return distance > max(FARTHEST, FARTHER_THAN_CHANCE * chance)


def _codes(values: NDArray[np.float32]) -> int:
    """Give how many codes a part uses if they are 0, 1, … without a gap; else 0."""
    if not len(values) or values.min() != 0 or values.max() >= len(values):
        return 0
    whole = values.astype(np.int64)
    if not (whole == values).all():
        return 0
    used = np.bincount(whole)
    return len(used) if used.all() else 0


def _parts(subject: Subject) -> Iterator[NDArray[np.int64]]:
    if subject.file is not None:
        for number in np.unique(subject.file):
            yield np.flatnonzero(subject.file == number)
    elif subject.split is not None:
        yield subject.split.train
        yield subject.split.test
