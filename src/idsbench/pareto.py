"""The Pareto front: lines that no other line beats in FPR, recall, size and latency together.

Recall stands beside the FPR, because without it a detector that never alarms beats all others.
"""

from __future__ import annotations

from collections.abc import Sequence

from idsbench.ranking import Line
from idsbench.rowkeys import HIGHER_IS_BETTER

KEYS = ("fpr", "recall", "size_bytes", "latency_p50_us")
BLIND = "constant-scores"


def front(lines: Sequence[Line]) -> list[bool | None]:
    """Tell of each line whether it is on the front.

    Latencies are compared within one machine, so a line is beaten only by lines of its own. A
    detector that gives every row the same score is on no front and beats nobody.

    Args:
        lines: of one group.

    Returns:
        None for a line that lacks one of the values.
    """
    points = [_point(line) for line in lines]
    machines = [line.texts("machine") for line in lines]
    found: list[bool | None] = []
    for mine, here in zip(points, machines, strict=True):
        if mine is None:
            found.append(None)
            continue
        rivals = (
            other for other, there in zip(points, machines, strict=True) if other and there == here
        )
        found.append(bool(mine) and not any(_beats(other, mine) for other in rivals))
    return found


def _point(line: Line) -> tuple[float, ...] | None:
    """Give what is compared, lower better; None where a value lacks, () for a blind detector."""
    values = [line.mean(key) for key in KEYS]
    if any(BLIND in row["flags"] for row in line.rows):
        return ()
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(KEYS):
        return None
    signed = zip(KEYS, numbers, strict=True)
    return tuple(-value if HIGHER_IS_BETTER[key] else value for key, value in signed)


def _beats(other: tuple[float, ...], mine: tuple[float, ...]) -> bool:
    """Whether `other` is nowhere worse and somewhere better."""
    return other != mine and all(a <= b for a, b in zip(other, mine, strict=True))
