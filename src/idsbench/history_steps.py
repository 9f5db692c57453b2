"""Where a series took a step: pure functions of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idsbench import power

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 3
"""A level is told by at least so many runs on each side of a step, or it may be one odd run."""


@dataclass(frozen=True)
class Step:
    """A change of level between two neighbouring runs.

    Args:
        after: the index of the first run on the new level.
        change: relative, of the level.
        p: two-sided, after all places where it might have been were tried.
    """

    after: int
    change: float
    p: float


def steps(logs: NDArray[np.float64]) -> list[Step]:
    """Find the steps of a series of logarithms, in order of time.

    The best place is tested by the t-test of both sides, with the number of places that were tried;
    what is left and right of a step is searched in turn.

    >>> import numpy as np
    >>> noise = np.tile([0.0, 0.1, -0.1, 0.05], 5)
    >>> [(one.after, round(one.change, 1)) for one in steps(noise + np.repeat([0, 0.7], 10))]
    [(10, 1.0)]
    >>> steps(noise)
    []
    """
    return sorted(_search(logs, 0), key=lambda step: step.after)


def _search(logs: NDArray[np.float64], start: int) -> list[Step]:
    import numpy as np

    places = range(FEWEST, len(logs) - FEWEST + 1)
    found: list[Step] = []
    for place in places:
        sides = power.spread(logs[:place], logs[place:], 0.0, power.ASSUMED_SPREAD)
        higher = float(power.p_higher(sides))
        p = min(2 * min(higher, 1 - higher) * len(places), 1.0)
        found.append(Step(start + place, float(np.expm1(sides.difference)), p))
    if not found:
        return []
    best = min(found, key=lambda step: step.p)
    if best.p >= power.ALPHA:
        return []
    cut = best.after - start
    return [best, *_search(logs[:cut], start), *_search(logs[cut:], best.after)]
