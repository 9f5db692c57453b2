"""The cheap part of the audit: flags on every prepared entry, from at most 20,000 sampled rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_capture import SEPARATED, benign_apart, is_label_ordered
from idsbench.audit_columns import constant_columns, repeated_columns, strong_columns
from idsbench.audit_finding import WARNING
from idsbench.audit_flows import flow_findings, is_flow_table
from idsbench.audit_vectors import LOW_CEILING, collapsed_classes, grouped
from idsbench.rowstore import Part
from idsbench.values import Labels, Table
from idsbench.vectors import is_member, row_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ROWS = 20_000
SHARED_ROWS = 0.01
MOST_VALUES = 2_000_000  # of a laid-out sample: half a second at most
FEWEST_ROWS = 1_000
SEED = 0
Layout = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]


def quick_flags(
    table: Table, parts: Mapping[str, Part], layout: Layout, fitted: NDArray[np.int64]
) -> list[str]:
    """Judge one prepared entry as a model will see it.

    Args:
        table: the rows before the split.
        parts: train, valid and test.
        layout: from feature rows (n, d) to what the model takes.
        fitted: table rows (m,) that fitting saw.

    Returns:
        Flags of `idsbench.flags.FLAGS`, in no order.
    """
    train, test = parts["train"], parts["test"]
    real = np.flatnonzero(~np.asarray(train.synthetic))
    rows = real[_sample(len(real))]
    x, base = np.ascontiguousarray(train.x[rows]), np.asarray(train.base[rows])
    raised = {
        **_of_features(x),
        **_of_rows(x, table, base),
        "one-column-shortcut": _has_shortcut(x, np.asarray(train.y[rows]), layout),
        **_of_origin(table, base),
        "groups-on-two-sides": _shared(table.group, train.base, test.base) > SHARED_ROWS,
        "scaled-before-split": _overlap(fitted, np.asarray(test.base[~test.synthetic])),
    }
    return [flag for flag, is_raised in raised.items() if is_raised]


def _sample(rows: int, most: int = MOST_ROWS) -> NDArray[np.int64]:
    """Choose at most `most` of so many rows, always the same, in order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))


def _has_shortcut(x: NDArray[np.float32], y: NDArray[np.int16], layout: Layout) -> bool:
    """Judge what the model takes: a layout may add a pixel that no feature explains."""
    width = int(np.prod(layout(x[:1]).shape))
    some = _sample(len(x), max(MOST_VALUES // width, FEWEST_ROWS))
    laid = np.asarray(layout(x[some])).reshape(len(some), width)
    return bool(strong_columns(laid, (y[some] > 0).astype(np.int16)))


def _of_features(x: NDArray[np.float32]) -> dict[str, bool]:
    constant = constant_columns(x)
    return {
        "constant-columns": bool(constant.any()),
        "repeated-columns": bool(repeated_columns(x, constant)),
    }


def _of_rows(x: NDArray[np.float32], table: Table, base: NDArray[np.int64]) -> dict[str, bool]:
    vector = row_hashes(x)
    binary = np.asarray(table.labels["binary"].codes[base])
    finest = grouped(vector, np.asarray(table.attack.codes[base]))
    return {
        "conflicting-labels": grouped(vector, binary).ceiling < LOW_CEILING,
        "class-collapse": bool(collapsed_classes(finest)),
    }


def _of_origin(table: Table, base: NDArray[np.int64]) -> dict[str, bool]:
    binary = np.asarray(table.labels["binary"].codes[base])
    keys = [np.asarray(key[base]) for key in (table.time, table.group) if key is not None]
    some = np.sort(base)
    wrong = is_flow_table(table) and any(
        finding.severity == WARNING for finding in flow_findings(_rows_of(table, some))
    )
    return {
        "label-ordered-rows": is_label_ordered(np.asarray(table.attack.codes)),
        "benign-single-capture": any(benign_apart(key, binary) >= SEPARATED for key in keys),
        "impossible-values": wrong,
    }


def _rows_of(table: Table, rows: NDArray[np.int64]) -> Table:
    attack = Labels(table.attack.codes[rows], table.attack.classes)
    return Table(np.asarray(table.x[rows]), table.columns, {}, attack)


def _shared(
    group: NDArray[np.int64] | None, train: NDArray[np.int64], test: NDArray[np.int64]
) -> float:
    if group is None:
        return 0.0
    held = np.asarray(group[test[_sample(len(test))]]).view(np.uint64)
    return float(is_member(held, np.asarray(group[train]).view(np.uint64)).mean())


def _overlap(fitted: NDArray[np.int64], test: NDArray[np.int64]) -> bool:
    return bool(is_member(test.view(np.uint64), fitted.view(np.uint64)).any())
