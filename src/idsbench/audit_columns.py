"""Columns one by one: shortcuts, constants, repetitions, and columns that should be no features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import ARP, FLOOD, LEAK, NOTE, WARNING, Finding
from idsbench.audit_roles import counts_rows, tells_the_date
from idsbench.audit_subject import Subject
from idsbench.audit_tree import FOLDS, column_score, fitted_score, ranked, stratified_folds
from idsbench.vectors import combine

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTCUT, STRONG, NOTABLE = 0.9, 0.8, 0.7
COARSE, COARSE_ROWS = 256, 5_000  # values and rows that the first, cheap tree is given
SLACK = 0.02  # by which it may underrate a column
MOST_SUSPECTS = 3
SEED = 0


def column_findings(subject: Subject) -> Iterator[Finding]:
    """Judge every column that the layout has; only features can leak, the others are named."""
    yield from _shortcuts(subject)
    yield from _unwanted(subject)
    x = np.asarray(subject.table.x)
    constant = constant_columns(x)
    if constant.any():
        names = tuple(subject.table.columns[j] for j in np.flatnonzero(constant))
        what = f"{len(names)} features have one value in every row: they carry nothing"
        yield Finding(NOTE, "constant-columns", what, columns=names, source=FLOOD)
    for first, *others in repeated_columns(x, constant):
        name = subject.table.columns[first]
        names = tuple(subject.table.columns[other] for other in others)
        what = f"equal to {name} in every row: the same measurement counts more than once"
        yield Finding(NOTE, "repeated-columns", what, columns=names, source=FLOOD)


def constant_columns(x: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which columns (d,) of x (n, d) have one value only."""
    constant: NDArray[np.bool_] = (x == x[:1]).all(axis=0)
    return constant


def repeated_columns(x: NDArray[np.float32], constant: NDArray[np.bool_]) -> list[list[int]]:
    """Give the groups of columns of x (n, d) that are equal in every row; constants left out."""
    weights = np.arange(1, len(x) + 1, dtype=np.uint64)
    same: dict[int, list[int]] = {}
    for j in np.flatnonzero(~constant):
        bits = (np.ascontiguousarray(x[:, j]) + np.float32(0)).view(np.int32)
        same.setdefault(int(combine(weights, bits).sum()), []).append(int(j))
    return [group for group in same.values() if len(group) > 1]


def _shortcuts(subject: Subject) -> Iterator[Finding]:
    rng = np.random.default_rng(SEED)
    binary, finest = subject.binary, subject.finest.codes
    folds = stratified_folds(binary, FOLDS, rng), stratified_folds(finest, FOLDS, rng)
    found = []
    for name in subject.wide.columns:
        column = ranked(subject.wide_column(name))
        score = column_score(column, binary, folds[0])
        fine = score
        if len(subject.finest.classes) > 2:
            fine = column_score(column, finest, folds[1])
        if max(score, fine) >= NOTABLE:
            plain = column_score(column, binary, folds[0], weighted=False)
            found.append(_shortcut(subject, name, score, (fine, plain)))
    yield from sorted(found, key=lambda one: -(one.figure or 0.0))


def _shortcut(subject: Subject, name: str, score: float, others: tuple[float, float]) -> Finding:
    feature = subject.is_feature(name)
    best = max(score, others[0])
    severity = LEAK if best >= SHORTCUT else WARNING if best >= STRONG else NOTE
    if severity == LEAK and not feature:
        severity = WARNING
    finest = len(np.unique(subject.finest.codes))
    fine = f", {others[0]:.3f} over {finest} classes" if finest > 2 else ""
    kept = "" if feature else "; it is kept out of the features, and has to be"
    what = (
        f"a depth-8 tree on this column alone tells attack from benign with a balanced accuracy of "
        f"{score:.3f}{fine} ({others[1]:.3f} if grown without class weights){kept}"
    )
    return Finding(
        severity, "one-column-shortcut", what, columns=(name,), figure=score, source=FLOOD
    )


def _unwanted(subject: Subject) -> Iterator[Finding]:
    roles = subject.roles
    named = {
        "identifiers-as-features": (roles.identifiers, "name a flow, a row or a moment"),
        "endpoints-as-features": (roles.endpoints, "are addresses or ports of this network"),
    }
    known: set[str] = set()
    for check, (columns, why) in named.items():
        used = tuple(name for name in columns if subject.is_feature(name))
        known.update(used)
        if used:
            what = f"these features {why}: a model can learn the capture instead of behaviour"
            yield Finding(LEAK, check, what, columns=used, source=ARP)
    for name in subject.table.columns:
        values = subject.table.x[:, subject.table.columns.index(name)]
        if name in known:
            continue
        if tells_the_date(values):
            what = "its values are seconds since 1970: the feature says when, not what"
            yield Finding(LEAK, "time-as-feature", what, columns=(name,), source=ARP)
        elif counts_rows(values):
            what = "its values number the rows: the feature says which, not what"
            yield Finding(LEAK, "identifiers-as-features", what, columns=(name,), source=ARP)


def strong_columns(x: NDArray[np.float32], y: NDArray[np.integer]) -> list[int]:
    """Give columns of x (n, d) that alone separate classes y (n,), best first; three at most.

    A coarse tree on some of the rows, which overrates, sorts out what cannot be one; the rest is
    scored on rows held out. A column that is constant or equals another is not looked at again.
    """
    some = np.linspace(0, len(x) - 1, min(len(x), COARSE_ROWS)).astype(np.int64)
    few, labels = x[some], y[some]
    constant = constant_columns(few)
    copies = {j for group in repeated_columns(few, constant) for j in group[1:]}
    fitted = {
        int(j): fitted_score(ranked(few[:, j], COARSE), labels)
        for j in np.flatnonzero(~constant)
        if j not in copies
    }
    suspects = [
        j for j in sorted(fitted, key=lambda j: -fitted[j]) if fitted[j] >= SHORTCUT - SLACK
    ]
    fold = stratified_folds(y, FOLDS, np.random.default_rng(SEED))
    return [
        j for j in suspects[:MOST_SUSPECTS] if column_score(ranked(x[:, j]), y, fold) >= SHORTCUT
    ]
