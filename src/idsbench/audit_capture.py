"""Where rows come from: captures, hosts, groups and order that give the class away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import (
    ARP,
    BOUKE,
    KAPOOR,
    KOSTAS,
    LEAK,
    NOTE,
    WARNING,
    Finding,
    percent,
)
from idsbench.audit_subject import Subject
from idsbench.audit_tree import FOLDS, column_score, lookup_score, ranked, stratified_folds
from idsbench.values import Split
from idsbench.vectors import is_member

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFOUND = 0.9
SEPARATED = 0.98
TRIM = 0.005
FEW_GROUPS = 5
RUNS_PER_CLASS = 4
ORDERED = 0.95
SHARED_ROWS = 0.01
SEED = 0


def capture_findings(subject: Subject) -> Iterator[Finding]:
    """Judge what gives the class away without being in a packet."""
    yield from _confounds(subject)
    yield from _single_capture(subject)
    yield from _groups(subject)
    yield from _order(subject)
    yield from _not_checkable(subject)
    if subject.card is not None and subject.card.row_unit == "packet":
        what = (
            "a row is one packet of a session, and rows are treated as independent: a random split "
            "puts one session on both sides"
        )
        rows = len(subject.binary)
        yield Finding(WARNING, "rows-are-packets", what, rows=rows, source=KOSTAS)
    if subject.split is not None:
        yield from _sides(subject, subject.split)
        yield from _seen_by_fitting(subject, subject.split)


def benign_apart(values: NDArray[np.generic], binary: NDArray[np.integer]) -> float:
    """Tell how well one interval of `values` (n,) holds benign rows and no attack.

    Returns:
        Balanced accuracy of "benign inside the interval", for the range of benign values or that
        range without its outermost half percents, whichever is better; 0.5 without both classes.
    """
    benign, attack = values[binary == 0], values[binary > 0]
    if not len(benign) or not len(attack):
        return 0.5
    best = 0.5
    for trim in (0.0, TRIM):
        low, high = np.quantile(benign, [trim, 1 - trim])
        inside = [((part >= low) & (part <= high)).mean() for part in (benign, attack)]
        best = max(best, float(inside[0] + 1 - inside[1]) / 2)
    return best


def is_label_ordered(label: NDArray[np.integer]) -> bool:
    """Tell whether rows (n,) lie in a few runs of one label, as files joined class by class do."""
    runs = 1 + int(np.count_nonzero(label[1:] != label[:-1]))
    classes = len(np.unique(label))
    return classes > 1 and runs <= RUNS_PER_CLASS * classes < len(label) / 5


def shared_groups(group: NDArray[np.int64], split: Split) -> float:
    """Give the share of test rows whose group has training rows too; `group` is (n,)."""
    return float(_common(group, split.test, split.train).mean())


def _common(
    group: NDArray[np.int64], rows: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    codes = np.asarray(group)
    return is_member(codes[rows].view(np.uint64), codes[others].view(np.uint64))


def _confounds(subject: Subject) -> Iterator[Finding]:
    fold = stratified_folds(subject.binary, FOLDS, np.random.default_rng(SEED))
    if subject.file is not None:
        score = lookup_score(ranked(subject.file), subject.binary, fold)
        if score >= CONFOUND:
            files = len(np.unique(subject.file))
            what = (
                f"the file of a row tells attack from benign with a balanced accuracy of "
                f"{score:.3f} over {files} files: whatever differs between the captures can pass "
                "for an attack"
            )
            yield Finding(WARNING, "class-is-file", what, figure=score, source=ARP)
    for name in subject.roles.hosts:
        score = lookup_score(ranked(subject.wide_column(name)), subject.binary, fold)
        if score >= CONFOUND:
            feature = subject.is_feature(name)
            what = (
                f"the address of a row tells attack from benign with a balanced accuracy of "
                f"{score:.3f}: classes are hosts"
            )
            severity = LEAK if feature else WARNING
            yield Finding(severity, "class-is-host", what, (name,), figure=score, source=ARP)


def _single_capture(subject: Subject) -> Iterator[Finding]:
    table = subject.table
    keys = [(name, subject.wide_column(name)) for name in subject.roles.time]
    if table.time is not None and not keys:
        keys = [("time", np.asarray(table.time))]
    for name, array in ((table.group_name, table.group), ("file", subject.file)):
        if array is not None:
            keys.append((name, np.asarray(array)))
    for name, values in keys:
        score = benign_apart(values, subject.binary)
        if score >= SEPARATED:
            benign = values[subject.binary == 0]
            what = (
                f"benign rows lie between {benign.min():.10g} and {benign.max():.10g} of {name}, "
                f"and almost no attack does (balanced accuracy {score:.4f}): benign traffic is one "
                "capture, so no split tests other benign traffic"
            )
            rows = len(benign)
            yield Finding(
                WARNING, "benign-single-capture", what, (name,), rows, figure=score, source=ARP
            )


def _not_checkable(subject: Subject) -> Iterator[Finding]:
    """Say which of these checks need what the table does not have."""
    table, roles = subject.table, subject.roles
    lacking = []
    if table.time is None and not roles.time and table.group is None and subject.file is None:
        lacking.append("benign-single-capture (no time, no group, one file)")
    if not roles.hosts:
        lacking.append("class-is-host (no address)")
    if table.group is None:
        lacking.append("groups-on-two-sides (no column says which rows belong together)")
    if table.time is None:
        why = f"{roles.time[0]} is in no unit of time" if roles.time else "no time"
        lacking.append(f"past-and-future-mixed ({why})")
    if lacking:
        what = f"this layout lacks what some checks look at: {'; '.join(lacking)}"
        yield Finding(NOTE, "not-checkable", what)


def _groups(subject: Subject) -> Iterator[Finding]:
    group = subject.table.group
    if group is None:
        return
    codes, name = np.asarray(group), subject.table.group_name
    few = []
    for code, label in enumerate(subject.finest.classes):
        members = codes[subject.finest.codes == code]
        count = len(np.unique(members))
        if len(members) and count < FEW_GROUPS:
            few.append(f"{label} {count}")
    if few:
        what = (
            f"classes with fewer than {FEW_GROUPS} groups ({name}): {', '.join(few)}; their rows "
            "are hardly independent, and a split by group cannot spread them"
        )
        yield Finding(WARNING, "few-groups", what, source=KOSTAS)


def _order(subject: Subject) -> Iterator[Finding]:
    finest = subject.finest.codes
    if is_label_ordered(finest):
        runs = 1 + int(np.count_nonzero(finest[1:] != finest[:-1]))
        what = (
            f"the rows lie in {runs} runs of one label: whatever looks at neighbouring rows (a "
            "window, a batch, an image of several rows) is told the class"
        )
        yield Finding(LEAK, "label-ordered-rows", what, rows=len(finest), source=KAPOOR)
        return
    fold = stratified_folds(subject.binary, FOLDS, np.random.default_rng(SEED))
    score = column_score(ranked(np.arange(len(finest))), subject.binary, fold)
    if score >= ORDERED:
        what = (
            f"the number of a row tells attack from benign with a balanced accuracy of "
            f"{score:.3f}: rows are in the order of the captures"
        )
        yield Finding(WARNING, "temporal-order", what, figure=score, source=KAPOOR)


def _sides(subject: Subject, split: Split) -> Iterator[Finding]:
    group, time = subject.table.group, subject.table.time
    if group is not None:
        both = _common(group, split.test, split.train)
        if both.any():
            share = float(both.mean())
            what = (
                f"{percent(share)} of the test rows belong to a group ({subject.table.group_name}) "
                "that has training rows: the test is not on new sessions"
            )
            severity = WARNING if share > SHARED_ROWS else NOTE
            yield Finding(
                severity,
                "groups-on-two-sides",
                what,
                rows=int(both.sum()),
                figure=share,
                source=KAPOOR,
            )
    if time is not None:
        when = np.asarray(time)
        past = when[split.test] < np.quantile(when[split.train], 0.5)
        if share := float(past.mean()):
            what = f"{percent(share)} of the test rows are older than the median training row"
            rows = int(past.sum())
            yield Finding(NOTE, "past-and-future-mixed", what, rows=rows, figure=share, source=ARP)


def _seen_by_fitting(subject: Subject, split: Split) -> Iterator[Finding]:
    rows = len(split.test)
    if subject.fit_on == "table":
        what = f"the protocol fits scaling and selection on the whole table, {rows:,} test rows too"
        yield Finding(LEAK, "fitted-on-test-rows", what, rows=rows, source=BOUKE)
    if subject.balance == "table":
        what = (
            "the protocol resamples the whole table before it splits: with any sampler, test rows "
            "are made from training rows and the other way round"
        )
        yield Finding(LEAK, "balanced-before-split", what, rows=rows, source=KAPOOR)
