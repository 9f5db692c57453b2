"""Values that CICFlowMeter writes and no flow can have are found, under both of its spellings."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.audit_flows import flow_findings, is_flow_table
from idsbench.values import Labels, Table

LONG = {
    "Flow Duration": 50_000.0,
    "Flow IAT Mean": 3.0,
    "Flow IAT Std": 3.0,
    "Fwd IAT Total": 3.0,
    "Flow Bytes/s": 9.0,
    "Total Fwd Packets": 2.0,
    "Init_Win_bytes_forward": 512.0,
    "SYN Flag Count": 3.0,
}
SHORT = dict(
    zip(
        (
            *("Flow_Duration", "Flow_IAT_Mean", "Flow_IAT_Std", "Fwd_IAT_Tot", "Flow_Byts/s"),
            *("Tot_Fwd_Pkts", "Init_Fwd_Win_Byts", "SYN_Flag_Cnt"),
        ),
        LONG.values(),
        strict=True,
    )
)


def _table(columns: dict[str, float], changes: dict[int, float] | None = None) -> Table:
    """Give 200 equal rows; `changes` sets a column, by its place, in the first three."""
    x = np.tile(np.array(list(columns.values()), dtype=np.float32), (200, 1))
    for place, value in (changes or {}).items():
        x[:3, place] = value
    labels = Labels(np.zeros(200, dtype=np.int16), ("benign",))
    return Table(x, tuple(columns), {}, labels)


@pytest.mark.parametrize("columns", [LONG, SHORT], ids=["long names", "short names"])
def test_a_sound_flow_table_raises_nothing(columns):
    assert is_flow_table(_table(columns))
    assert list(flow_findings(_table(columns))) == []


@pytest.mark.parametrize("columns", [LONG, SHORT], ids=["long names", "short names"])
@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        (
            {5: 0},
            5,
            "3 flows (1.5 %) have no packet from their initiator: directions are unreliable",
        ),
        ({0: 0}, 4, "3 flows of duration 0 have a rate: it was divided by zero or made up"),
        ({6: -1}, 6, "3 rows have -1 where no window was seen: a sentinel, not a size"),
    ],
)
def test_each_impossible_value_is_counted_in_its_column(columns, changes, place, sentence):
    (finding,) = flow_findings(_table(columns, changes))
    assert (finding.severity, finding.rows, finding.figure) == ("warning", 3, 0.015)
    assert finding.columns == (list(columns)[place],)
    assert finding.what == sentence


def test_flag_counts_that_never_exceed_one_are_booleans():
    (finding,) = flow_findings(_table({**LONG, "SYN Flag Count": 1.0}))
    assert finding.what == "columns that should count flags never exceed 1: they are booleans"


def test_flows_that_end_at_a_tenth_of_a_second_were_cut():
    (finding,) = flow_findings(_table(LONG, {0: 99_984}))
    assert finding.what.startswith("no flow is longer than 99,984 µs: sessions are cut at 0.1 s")


def test_other_tables_are_left_alone():
    table = _table({"Flow Duration": 0.0, "duration": 0.0, "Total Fwd Packets": 0.0})
    assert not is_flow_table(table)
    assert list(flow_findings(table)) == []
