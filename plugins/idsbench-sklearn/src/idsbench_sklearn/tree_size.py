"""How many learned numbers a forest holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def forest_parameters(leaves: Iterable[NDArray[np.bool_]], values_per_leaf: int) -> int:
    """Learned numbers of trees: feature and threshold per inner node, and the values of each leaf.

    Child links are the tree's shape and are not counted; nor is the side that missing values
    take, since rows are finite.

    Args:
        leaves: for each tree, which of its nodes are leaves (nodes,).
        values_per_leaf: numbers that a leaf adds to the scores.
    """
    total = 0
    for is_leaf in leaves:
        ends = int(np.count_nonzero(is_leaf))
        total += 2 * (len(is_leaf) - ends) + values_per_leaf * ends
    return total
