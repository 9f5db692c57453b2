"""Where each column goes so that neighbouring pixels hold columns that go together.

Own code in memory: TINTOlib, which has these layouts, writes image files and draws through
matplotlib and pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]
from scipy.stats import rankdata  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = 6  # coordinates that differ by less are ties, whatever the processor's last bits
LEAST_SAVING = 1e-9
SWEEPS = 100


def grid(side: int, channels: int) -> NDArray[np.float64]:
    """Row and column of the pixel of each place in a flat image, (side * side * channels, 2)."""
    rows, columns = np.divmod(np.arange(side * side), side)
    return np.repeat(np.stack([rows, columns], axis=1), channels, axis=0).astype(np.float64)


def projected(r: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Columns on a map where distance is 1 - |r|, then each into a place of its own near its point.

    The idea is that of DeepInsight (Sharma et al., Scientific Reports 9:11399, 2019) and TINTO
    (Castillo-Cara et al., SoftwareX 22:101391, 2023), which let columns share a pixel. Here the
    map is classical multidimensional scaling, and the places are those with the least sum of
    squared distances.

    Args:
        r: correlations (d, d).
        places: (s, 2) pixel of each place, s >= d.

    Returns:
        The place of each column (d,), no two alike.
    """
    points = _map(1.0 - np.abs(r))
    low, reach = points.min(axis=0), np.ptp(points, axis=0)
    spread = (points - low) / np.where(reach > 0, reach, 1.0) * places.max(axis=0)
    spread = np.round(spread, DIGITS)
    cost = np.square(spread[:, None, :] - places[None, :, :]).sum(axis=2)
    return np.asarray(linear_sum_assignment(cost)[1], dtype=np.int64)


def igtd(r: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Columns such that pairs rank by distance in the image as they rank by 1 - |r|.

    After IGTD (Zhu et al., Scientific Reports 11:11325, 2021): from the table's order, columns
    swap places (here also with empty ones) as long as the sum of absolute differences between
    the two rankings falls.

    Args, Returns: as `projected`.
    """
    wanted, offered = _ranks(1.0 - np.abs(r)), _ranks(_distances(places))
    at = np.arange(len(places))  # the place of each column; numbers from d on are empty places
    for _ in range(SWEEPS):
        moved = False
        for column in range(len(r)):
            saved = _savings(column, at, wanted, offered)
            other = int(np.argmax(saved))
            if saved[other] > LEAST_SAVING:
                at[[column, other]] = at[[other, column]]
                moved = True
        if not moved:
            break
    return at[: len(r)].astype(np.int64)


def mismatch(r: NDArray[np.float64], places: NDArray[np.float64], at: NDArray[np.int64]) -> float:
    """What `igtd` makes small: mean absolute difference of the rankings, 0 to 1, for places at (d,)."""
    wanted, offered = _ranks(1.0 - np.abs(r)), _ranks(_distances(places))
    pairs = np.triu_indices(len(r), 1)
    return float(np.abs(wanted - offered[np.ix_(at, at)])[pairs].mean()) if len(r) > 1 else 0.0


def _savings(
    column: int,
    at: NDArray[np.int64],
    wanted: NDArray[np.float64],
    offered: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How much the sum falls when `column` swaps with each column or empty place (s,)."""
    d, place = len(wanted), at[column]
    real = at[:d]
    # Of this column in every place, beside each other column where that is: (s, d).
    mine = np.abs(wanted[column] - offered[:, real])
    mine[:, column] = 0.0
    saved = np.asarray(mine[place].sum() - mine[at].sum(axis=1))
    # A pair that swaps stays as far apart as it is: take it out of both sums.
    others = np.arange(d)
    saved[:d] += mine[real, others] - mine[place]
    # Of each other column where it is, and in this one's place, beside all but the two: (d, d).
    here = np.abs(wanted - offered[np.ix_(real, real)])
    there = np.abs(wanted - offered[place, real])
    there[others, others] = 0.0
    saved[:d] += here.sum(axis=1) - here[:, column] - there.sum(axis=1) + there[:, column]
    saved[column] = 0.0
    return saved


def _map(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Classical multidimensional scaling of distances (d, d) to points (d, 2)."""
    centred = np.square(distance)
    centred -= centred.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(-centred / 2)
    values, vectors = values[::-1][:2], vectors[:, ::-1][:, :2]
    # An eigenvector's sign is arbitrary: its largest part points up.
    signs = np.sign(vectors[np.abs(np.round(vectors, DIGITS)).argmax(axis=0), range(len(values))])
    points = np.zeros((len(distance), 2))
    points[:, : len(values)] = vectors * np.sqrt(np.maximum(values, 0.0)) * signs
    return points


def _distances(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distances (s, s) between places (s, 2)."""
    return np.asarray(np.linalg.norm(places[:, None, :] - places[None, :, :], axis=2))


def _ranks(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each pair among all pairs, 0 to 1, ties alike: (d, d), 0 on the diagonal."""
    pairs = np.triu_indices(len(distance), 1)
    out = np.zeros_like(distance)
    if len(pairs[0]):
        ranks = rankdata(np.round(distance[pairs], DIGITS))
        out[pairs] = ranks / len(ranks)
    return out + out.T
