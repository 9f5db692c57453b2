"""Rounding a column shows how much rests on its last digits."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.audit_resolution import Ablation, ablation_findings, rounded
from idsbench.audit_subject import Subject
from idsbench.values import Labels, Table
from idsbench.vectors import ceiling, row_hashes

N = 4000


def _subject(tag: float, column: str = "delay") -> Subject:
    """Give rows whose class is in the digits below `tag` of one column, and nowhere else."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, N).astype(np.int16)
    delay = rng.integers(1, 400, N) / 1000 + tag * y
    x = np.column_stack([rng.integers(0, 2, (N, 3)), delay]).astype(np.float32)
    labels = Labels(y, ("benign", "attack"))
    table = Table(x, ("a", "b", "c", column), {"binary": labels}, labels)
    return Subject(table, table)


def test_ceilings_with_a_column_replaced_are_those_of_the_replaced_table():
    subject = _subject(1e-4)
    ablation = Ablation(subject)
    x = subject.table.x.copy()
    assert ablation.ceilings({})[0] == ceiling(row_hashes(x), subject.binary)
    x[:, 3] = rounded(x[:, 3], 1e-3)
    assert ablation.ceilings({3: x[:, 3]})[0] == ceiling(row_hashes(x), subject.binary)


def test_a_class_in_the_fourth_digit_is_lost_by_rounding_to_the_third():
    subject = _subject(1e-4, "e")
    finding, *_ = ablation_findings(subject)
    assert (finding.severity, finding.check) == ("warning", "resolution-ablation")
    assert finding.columns == ("e",)
    x = subject.table.x.copy()
    x[:, 3] = np.round(x[:, 3].astype(float), 3)
    expected = ceiling(row_hashes(x), subject.binary)
    assert finding.figure == pytest.approx(expected)
    assert expected < 0.85
    start = f"rounded to 0.001, the binary accuracy ceiling falls from 1.0000 to {expected:.4f} ("
    assert finding.what.startswith(start)


def test_rows_that_differ_anyway_lose_nothing():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, 4)).astype(np.float32)
    labels = Labels(rng.integers(0, 2, N).astype(np.int16), ("benign", "attack"))
    table = Table(x, tuple("abcd"), {"binary": labels}, labels)
    assert list(ablation_findings(Subject(table, table))) == []


@pytest.mark.parametrize(
    ("column", "check"), [("dur", "timing-ablation"), ("sttl", "ttl-ablation")]
)
def test_timing_and_ttl_columns_are_taken_away_by_their_names(column, check):
    found = {one.check: one for one in ablation_findings(_subject(1e-4, column))}
    assert (found[check].severity, found[check].columns) == ("warning", (column,))
    assert "instead of 1.0000" in found[check].what


def test_a_column_is_rounded_to_the_nearest_multiple():
    assert rounded(np.array([0.14, 0.16, -2.26], np.float32), 0.1) == pytest.approx(
        [0.1, 0.2, -2.3]
    )
