"""What fine digits, timing and time-to-live columns are worth: ceilings and a tree without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import ARP, NOTE, OURS, WARNING, Finding
from idsbench.audit_joint import MOST_ROWS, TRAIN_SHARE, coded, tree_accuracy
from idsbench.audit_subject import Subject
from idsbench.audit_vectors import grouped
from idsbench.vectors import combine

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTINUOUS = 20  # distinct values
WORTH_A_LOOK = 0.005
MUCH = 0.02
STEP = 0.002
MOST_COLUMNS = 5
MOST_DIGITS = 9
SEED = 0


class Ablation:
    """The table's accuracy ceiling and a quick tree's accuracy, with some columns replaced.

    A row's hash is the sum of its columns' hashes, so replacing one column costs one pass over it.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.columns = subject.table.columns
        self.binary, self.finest = subject.binary, subject.finest.codes
        self.sum = np.zeros(len(self.binary), dtype=np.uint64)
        for j in range(len(self.columns)):
            self.sum += self._hash(j, self.column(j))
        rng = np.random.default_rng(SEED)
        rows = len(self.binary)
        self.rows = np.sort(rng.permutation(rows)[:MOST_ROWS])
        self.held = rng.random(len(self.rows)) >= TRAIN_SHARE
        self.codes = np.stack([coded(self.column(j)[self.rows]) for j in range(len(self.columns))])

    def column(self, j: int) -> NDArray[np.float32]:
        """Give column j as it is: (n,)."""
        return np.ascontiguousarray(self.subject.table.x[:, j])

    def ceilings(self, changed: dict[int, NDArray[np.float32]]) -> tuple[float, float]:
        """Give the binary and the finest ceiling with columns (n,) replaced."""
        total = self.sum.copy()
        for j, values in changed.items():
            total += self._hash(j, values) - self._hash(j, self.column(j))
        return grouped(total, self.binary).ceiling, grouped(total, self.finest).ceiling

    def tree(self, changed: dict[int, NDArray[np.float32]]) -> float:
        """Give the quick tree's binary accuracy with columns (n,) replaced."""
        codes = self.codes.copy()
        for j, values in changed.items():
            codes[j] = coded(values[self.rows])
        return tree_accuracy(codes, self.binary[self.rows], self.held)

    def _hash(self, j: int, values: NDArray[np.float32]) -> NDArray[np.uint64]:
        salt = np.full(len(values), j + 1, dtype=np.uint64)
        return combine(salt, (values + np.float32(0)).view(np.int32))


def ablation_findings(subject: Subject) -> Iterator[Finding]:
    """Round each column that matters to coarser digits, and take timing and TTL columns away."""
    ablation = Ablation(subject)
    whole, tree = ablation.ceilings({}), ablation.tree({})
    for j in _that_matter(ablation, whole[0]):
        yield from _resolutions(ablation, j, whole, tree)
    roles = subject.roles
    for check, names in (("timing-ablation", roles.timing), ("ttl-ablation", roles.ttl)):
        used = [name for name in names if subject.is_feature(name)]
        if used and len(used) < len(ablation.columns):
            yield _without(ablation, check, used, (*whole, tree))


def rounded(values: NDArray[np.float32], unit: float) -> NDArray[np.float32]:
    """Round a column (n,) to multiples of `unit`.

    >>> rounded(np.array([0.00012, 0.00018], dtype=np.float32), 1e-4).round(5).tolist()
    [9.999999747378752e-05, 0.00019999999494757503]
    """
    return (np.rint(values.astype(np.float64) / unit) * unit).astype(np.float32)


def _that_matter(ablation: Ablation, ceiling: float) -> list[int]:
    """Give the continuous columns whose removal lowers the ceiling, those that cost most first."""
    cost = {}
    for j in range(len(ablation.columns)):
        values = ablation.column(j)
        if len(np.unique(values[ablation.rows])) > CONTINUOUS:
            cost[j] = ceiling - ablation.ceilings({j: np.zeros_like(values)})[0]
    worth = [j for j in cost if cost[j] >= WORTH_A_LOOK]
    return sorted(worth, key=lambda j: -cost[j])[:MOST_COLUMNS]


def _units(values: NDArray[np.float32]) -> list[float]:
    """Give powers of ten from the column's size down to where rounding changes nothing."""
    size = float(np.abs(values).max())
    top = int(np.floor(np.log10(size))) if size else 0
    distinct, units = len(np.unique(values)), []
    for power in range(top, top - MOST_DIGITS, -1):
        unit = float(f"1e{power}")
        units.append(unit)
        if len(np.unique(rounded(values, unit))) == distinct:
            break
    return units[::-1]


def _resolutions(
    ablation: Ablation, j: int, whole: tuple[float, float], tree: float
) -> Iterator[Finding]:
    values, last = ablation.column(j), whole[0]
    for unit in _units(values):
        changed = {j: rounded(values, unit)}
        binary, finest = ablation.ceilings(changed)
        if last - binary < STEP or whole[0] - binary < WORTH_A_LOOK:
            continue
        last = binary
        what = (
            f"rounded to {unit:g}, the binary accuracy ceiling falls from {whole[0]:.4f} to "
            f"{binary:.4f} (finest {whole[1]:.4f} to {finest:.4f}), a depth-8 tree over all columns "
            f"from {tree:.4f} to {ablation.tree(changed):.4f}: scores rest on digits that another "
            "clock or capture may not have"
        )
        severity = WARNING if whole[0] - binary >= MUCH else NOTE
        columns = (ablation.columns[j],)
        yield Finding(severity, "resolution-ablation", what, columns, figure=binary, source=OURS)


def _without(
    ablation: Ablation, check: str, names: Sequence[str], whole: tuple[float, float, float]
) -> Finding:
    changed = {
        ablation.columns.index(name): np.zeros(len(ablation.binary), dtype=np.float32)
        for name in names
    }
    binary, finest = ablation.ceilings(changed)
    tree = ablation.tree(changed)
    what = (
        f"without these columns the binary accuracy ceiling is {binary:.4f} instead of "
        f"{whole[0]:.4f} (finest {finest:.4f} instead of {whole[1]:.4f}), and a depth-8 tree over "
        f"the others reaches {tree:.4f} instead of {whole[2]:.4f}"
    )
    severity = WARNING if max(whole[0] - binary, whole[2] - tree) >= MUCH else NOTE
    return Finding(severity, check, what, tuple(names), figure=binary, source=ARP)
