"""Which columns go together: KitNET's feature mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import ClusterNode, linkage, to_tree  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray


def column_groups(r: NDArray[np.float64], most: int) -> list[list[int]]:
    """Divide columns into groups of at most `most`, by agglomerative clustering (single linkage).

    The tree of clusters over the distance 1 - r is cut from its root until every part is small
    enough, as Kitsune does. Every column is in exactly one group; groups and columns rise.

    Args:
        r: correlations (d, d).
        most: columns of a group, at least 1.
    """
    if len(r) == 1:
        return [[0]]
    distance = np.maximum(1.0 - r, 0.0)
    np.fill_diagonal(distance, 0.0)
    waiting: list[ClusterNode] = [to_tree(linkage(squareform((distance + distance.T) / 2)))]
    found = []
    while waiting:
        node = waiting.pop()
        if node.get_count() <= most:
            found.append(sorted(node.pre_order()))
        else:
            waiting += [node.get_left(), node.get_right()]
    return sorted(found)
