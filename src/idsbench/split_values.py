"""What protocols may say beyond `values`: folds, a second dataset, a given split, and remarks.

Each is one of the frozen values of `idsbench.values` with more fields, so a protocol that needs
none of it is written without knowing this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idsbench.values import ProtocolTraits, Rows, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


TRAINED_ON = "trained_on.npy"
"""In a joined table's folder: which rows (n,) are of the dataset to train on."""


@dataclass(frozen=True)
class FoldTraits(ProtocolTraits):
    """A protocol that gives one cell per fold where the user names no fold.

    Args:
        fold: the parameter that tells one fold from another, None by default.
        count: the parameter that holds the number of folds; the folds are then 0 to count - 1.
        listed: the field of the dataset's card that lists the folds, where `count` is empty.
    """

    fold: str = ""
    count: str = ""
    listed: str = ""


@dataclass(frozen=True)
class JoinTraits(ProtocolTraits):
    """A protocol over two datasets; `train` is the parameter that names the one to train on."""

    train: str = ""


@dataclass(frozen=True)
class ManifestTraits(ProtocolTraits):
    """A protocol that reads its split from a file.

    Args:
        manifest: the parameter that holds the file.
        split: the parameter that holds the hash of its content, which the plan fills in.
    """

    manifest: str = ""
    split: str = ""


@dataclass(frozen=True)
class JoinedRows(Rows):
    """Rows of two datasets: `trained_on` (n,) marks those of the dataset to train on."""

    trained_on: NDArray[np.bool_]


@dataclass(frozen=True)
class NotedSplit(Split):
    """A split with what a reader of its scores must know, in sentences and as flags."""

    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
