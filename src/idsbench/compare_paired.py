"""The same trained weights on the same test rows: which decisions turned, and may that be chance?

Rows of one cluster turn together, so clusters are counted: a cluster turns the way that most of
its turned rows do. Under chance each way is as likely (the exact sign test, McNemar's by cluster).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from idsbench import power
from idsbench.compare_metrics import PAIRED
from idsbench.compare_values import Change, Group, Row, Side
from idsbench.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from idsbench.values import Evidence


@dataclass(frozen=True)
class Turned:
    """Decisions that are wrong on one side only, all seeds together.

    Args:
        worse, better: clusters that turned wrong, and right.
        net: rows that turned wrong minus rows that turned right.
        wrong: rows that base decides wrongly.
        rows: rows of that kind (benign, or attacks).
    """

    worse: int
    better: int
    net: int
    wrong: int
    rows: int


def shared_weights(base: Group, head: Group, asserted: bool) -> bool:
    """Whether both sides hold the same trained weights: by their hashes, or because the user says so."""
    before = {row["seed"]: row.get("weights_sha256") for row in base.ok}
    after = {row["seed"]: row.get("weights_sha256") for row in head.ok}
    if asserted:
        return bool(before.keys() & after.keys())
    return before == after and all(before.values())


def turned(pair: tuple[Group, Group], sides: tuple[Side, Side]) -> tuple[Turned, Turned] | str:
    """Count what turned among benign rows and among attacks, or say why it cannot be counted."""
    import numpy as np

    base = {row["seed"]: row for row in pair[0].ok}
    kinds: tuple[list[NDArray[np.int64]], ...] = ([], [])
    for row in pair[1].ok:
        if row["seed"] not in base:
            continue
        loaded = [
            _load(one, side) for one, side in zip((base[row["seed"]], row), sides, strict=True)
        ]
        before, after = loaded
        if isinstance(before, str):
            return before
        if isinstance(after, str):
            return after
        if not np.array_equal(before.test_row, after.test_row):
            return f"other test rows at seed {row['seed']}"
        for kind, attack in zip(kinds, (False, True), strict=True):
            kind.append(_decisions(before, after, attack))
    if not kinds[0]:
        return "no seed is on both sides"
    benign, attacks = (count_turned(np.concatenate(kind)) for kind in kinds)
    return benign, attacks


def paired_change(found: Turned, higher: bool, alpha: float) -> Change:
    """Test the FPR (of what turned among benign rows) or, with `higher`, the recall."""
    worse, better = (
        power.sign_p(*pair) for pair in ((found.worse, found.better), (found.better, found.worse))
    )
    was = found.rows - found.wrong if higher else found.wrong
    scale = -max(was, 1) if higher else max(was, 1)
    # As many clusters as would tell, over what turned the other way by itself.
    least = power.least_signs(min(found.better, found.worse), alpha)
    least -= min(found.better, found.worse)
    change = found.net / scale
    return Change(worse, better, change, None, None, least / abs(scale), PAIRED)


def _load(row: Row, side: Side) -> Evidence | str:
    from idsbench.evidence import load_evidence

    path = (side.folder or Path()) / f"{row['cell']}.evidence.npz"
    if side.folder is None or not path.is_file():
        return f"no evidence of seed {row['seed']} in {side.label}"
    try:
        return load_evidence(path)
    except StoreError as error:
        return str(error)


def _decisions(before: Evidence, after: Evidence, attack: bool) -> NDArray[np.int64]:
    """Give (n, 3) of one kind of rows: cluster, wrong before, wrong after."""
    import numpy as np

    mask = (before.test_label != 0) == attack
    wrong = [_alarms(one)[mask] != attack for one in (before, after)]
    return np.stack([before.test_group[mask], *wrong], axis=1).astype(np.int64)


def _alarms(evidence: Evidence) -> NDArray[np.bool_]:
    from idsbench.metrics import DECISION_THRESHOLD

    scores = evidence.test_score
    many = scores.ndim == 2
    alarm: NDArray[np.bool_] = scores.argmax(axis=1) != 0 if many else scores >= DECISION_THRESHOLD
    return alarm


def count_turned(decisions: NDArray[np.int64]) -> Turned:
    """Count what turned in (n, 3) rows of one kind: cluster, wrong before, wrong after."""
    import numpy as np

    cluster, before, after = decisions.T
    _, code = np.unique(cluster, return_inverse=True)
    net = np.bincount(code, weights=(after - before).astype(np.float64))
    return Turned(
        worse=int((net > 0).sum()),
        better=int((net < 0).sum()),
        net=int(after.sum() - before.sum()),
        wrong=int(before.sum()),
        rows=len(before),
    )
