"""Says which classes a split could not put into all of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellSkipped
from idsbench.split_values import NotedSplit
from idsbench.values import Labels, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = {"train": "training", "valid": "validation", "test": "test"}


FLAG = "class-missing-in-part"


def noted(
    split: Split, attack: Labels, why: Sequence[str], notes: Sequence[str] = ()
) -> NotedSplit:
    """Give a split that says which classes are in some parts only; see `missing_classes`.

    Args:
        split: the parts.
        attack: the finest labels of all n rows.
        why: per class code, what the class consists of.
        notes: what else is to be said, first.
    """
    missing = tuple(missing_classes(attack, split, why))
    flags = (FLAG,) if missing else ()
    return NotedSplit(split.train, split.valid, split.test, (*notes, *missing), flags)


def missing_classes(attack: Labels, split: Split, why: Sequence[str]) -> Iterator[str]:
    """Name each class that is in some parts only, by the finest labels of all n rows.

    Args:
        attack: the labels.
        split: the parts.
        why: per class code, what the class consists of, e.g. "1 group".
    """
    total = np.bincount(attack.codes, minlength=len(attack.classes))
    held = {
        word: np.bincount(attack.codes[getattr(split, name)], minlength=len(attack.classes))
        for name, word in PARTS.items()
    }
    for code, name in enumerate(attack.classes):
        inside = [word for word, counts in held.items() if counts[code]]
        if 0 < len(inside) < len(PARTS):
            yield (
                f"{name} ({total[code]} rows, {why[code]}) is in {' and '.join(inside)} rows only"
            )


def check_both_kinds(y: NDArray[np.int16], split: Split, advice: str) -> None:
    """Refuse a split in which a part lacks benign rows or attacks; y (n,) are the task's labels.

    Raises:
        CellSkipped: with the part and what it lacks.
    """
    for name, word in PARTS.items():
        labels = y[getattr(split, name)]
        for lacking, kind in (((labels != 0).all(), "benign row"), ((labels == 0).all(), "attack")):
            if lacking:
                raise CellSkipped(f"the {word} part would hold no {kind}: {advice}")


def counted(numbers: Sequence[int], thing: str) -> list[str]:
    """Write how many things there are.

    >>> counted([1, 2], "group")
    ['1 group', '2 groups']
    """
    return [f"{number} {thing}{'' if number == 1 else 's'}" for number in numbers]
