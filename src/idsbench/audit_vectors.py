"""Equal rows: duplicates, contradicting labels, the ceiling they set, classes that collapse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import (
    ARP,
    FLOOD,
    KAPOOR,
    LEAK,
    NOTE,
    WARNING,
    Finding,
    percent,
)
from idsbench.audit_subject import Subject
from idsbench.values import Labels, Split
from idsbench.vectors import combine, is_member, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAKED_SHARE = 0.01
MANY_DUPLICATES = 0.05
LOW_CEILING = 0.99
TOP = 10
COLLAPSED = 0.5
FEW_ROWS = 50


@dataclass(frozen=True)
class Groups:
    """Rows counted per distinct vector and label.

    Args:
        code: int64 (n,), the vector of each row.
        counts: int64 (V, K), rows of each label with that vector.
    """

    code: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def ceiling(self) -> float:
        """The best accuracy that any rule on these vectors can reach."""
        return float(self.counts.max(axis=1).sum() / len(self.code))

    @property
    def conflicting(self) -> NDArray[np.bool_]:
        """Which vectors (V,) have rows of two labels or more."""
        several: NDArray[np.bool_] = np.count_nonzero(self.counts, axis=1) > 1
        return several


def grouped(vector: NDArray[np.uint64], label: NDArray[np.integer]) -> Groups:
    """Count equal rows: `vector` (n,) of hashes, `label` (n,) from 0."""
    _, code = np.unique(vector, return_inverse=True)
    classes = int(label.max()) + 1
    flat = code.astype(np.int64) * classes + label
    size = (int(code.max()) + 1) * classes
    return Groups(code, np.bincount(flat, minlength=size).reshape(-1, classes))


def vector_findings(subject: Subject) -> Iterator[Finding]:
    """Judge equal rows of the whole table, by class, and across the protocol's parts."""
    yield from _exact(subject)
    groups = grouped(subject.vector, subject.finest.codes)
    yield from _features(groups)
    yield from _conflicts(subject, groups)
    yield from _collapse(groups, subject.finest)
    if subject.split is not None:
        yield from _across(subject, subject.split)


def _exact(subject: Subject) -> Iterator[Finding]:
    whole = _whole_rows(subject)
    repeated = len(whole) - len(np.unique(whole))
    if repeated:
        what = (
            f"{repeated:,} of {len(whole):,} rows repeat another row in all "
            f"{len(subject.wide.columns)} columns and the label"
        )
        share = repeated / len(whole)
        yield Finding(NOTE, "duplicate-rows", what, rows=repeated, figure=share, source=KAPOOR)


def _whole_rows(subject: Subject) -> NDArray[np.uint64]:
    """Hash rows (n,) with every column, text as the file has it, and the finest label."""
    hashes = combine(row_hashes(np.asarray(subject.wide.x)), subject.finest.codes)
    if subject.text is not None:
        hashes = combine(hashes, subject.text.view(np.int64))
    return hashes


def _features(groups: Groups) -> Iterator[Finding]:
    rows = len(groups.code)
    repeated = rows - len(groups.counts)
    if repeated:
        severity = WARNING if repeated > MANY_DUPLICATES * rows else NOTE
        what = (
            f"{repeated:,} of {rows:,} rows repeat the features of another row: "
            f"{len(groups.counts):,} distinct feature vectors are left"
        )
        share = repeated / rows
        yield Finding(
            severity, "duplicate-features", what, rows=repeated, figure=share, source=KAPOOR
        )


def _conflicts(subject: Subject, finest: Groups) -> Iterator[Finding]:
    binary = grouped(subject.vector, subject.binary)
    for what, groups in (("binary", binary), ("finest", finest)):
        clash = groups.conflicting
        if what == "finest" and groups.counts.shape[1] <= 2:
            continue
        if clash.any():
            rows, ceiling = int(groups.counts[clash].sum()), groups.ceiling
            severity = WARNING if ceiling < LOW_CEILING else NOTE
            sentence = (
                f"{int(clash.sum()):,} feature vectors have rows of two {what} labels or more "
                f"({rows:,} rows, {percent(rows / len(groups.code))}): no model can exceed an "
                f"accuracy of {ceiling:.4f} on the {what} labels of this table"
            )
            yield Finding(
                severity,
                f"conflicting-labels-{what}",
                sentence,
                rows=rows,
                figure=ceiling,
                source=FLOOD,
            )


def top_share(counts: NDArray[np.int64]) -> float:
    """Give the share of a class's rows in its ten most frequent vectors; `counts` is (V,)."""
    most = np.sort(counts[counts > 0])[-TOP:]
    return float(most.sum() / max(counts.sum(), 1))


def collapsed_classes(groups: Groups) -> list[int]:
    """Name the classes of enough rows most of which are in ten vectors."""
    return [
        label
        for label in range(groups.counts.shape[1])
        if groups.counts[:, label].sum() >= FEW_ROWS
        and top_share(groups.counts[:, label]) > COLLAPSED
    ]


def _collapse(groups: Groups, labels: Labels) -> Iterator[Finding]:
    collapsed = collapsed_classes(groups)
    for label in range(groups.counts.shape[1]):
        counts = groups.counts[:, label]
        rows, distinct = int(counts.sum()), int(np.count_nonzero(counts))
        repeated = int(counts[groups.counts.sum(axis=1) > 1].sum())
        if rows >= FEW_ROWS and (label in collapsed or repeated > rows / 4):
            share = top_share(counts)
            what = (
                f"{labels.classes[label]}: {percent(repeated / rows)} of {rows:,} rows equal "
                f"another row, there are {distinct:,} distinct vectors, and the {TOP} most frequent "
                f"hold {percent(share)}"
            )
            severity = WARNING if label in collapsed else NOTE
            yield Finding(severity, "class-collapse", what, rows=rows, figure=share, source=FLOOD)


def _across(subject: Subject, split: Split) -> Iterator[Finding]:
    held = subject.vector[split.test]
    seen = is_member(held, subject.vector[split.train])
    if not seen.any():
        return
    same = combine(subject.vector, subject.finest.codes)
    if subject.text is not None:
        same = combine(same, subject.text.view(np.int64))
    also = "label" if subject.text is None else "label and text"
    identical = float(is_member(same[split.test], same[split.train]).mean())
    finest = subject.finest.codes[split.test]
    by_class = [
        f"{name} {percent(float(seen[finest == code].mean()))}"
        for code, name in enumerate(subject.finest.classes)
        if (finest == code).any()
    ]
    share = float(seen.mean())
    severity = LEAK if share > LEAKED_SHARE else NOTE
    what = (
        f"{percent(share)} of the {len(held):,} test rows have the features of a training row "
        f"({', '.join(by_class)}); {percent(identical)} are identical to one, {also} too"
    )
    yield Finding(
        severity,
        "duplicates-across-split",
        what,
        rows=int(seen.sum()),
        figure=share,
        source=ARP,
    )
