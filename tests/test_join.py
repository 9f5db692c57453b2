"""Two tables become one in the canonical flow schema; what either lacks is left out."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.cells import flow_map
from idsbench.errors import CellSkipped
from idsbench.join import join, joined
from idsbench.rowstore import open_table, row_hashes_of, save_table
from idsbench.split_values import TRAINED_ON
from idsbench.values import Card, FlowColumn, Labels, Note, Table
from idsbench.vectors import combine, row_hashes

FLOW = {
    "duration_s": (("dur_us", 1e-6), ("duration", 1.0)),
    "fwd_bytes": (("bytes", 1.0), ("kb", 1000.0)),
    "protocol": (("proto", 1.0), ("missing", 1.0)),
}
NAMES = ("one", "two")


def _table(columns, x, attack, **changes) -> Table:
    codes = np.array(attack, dtype=np.int16)
    fields = {
        "x": np.array(x, dtype=np.float32),
        "columns": columns,
        "labels": {"binary": Labels((codes > 0).astype(np.int16), ("benign", "attack"))},
        "attack": Labels(codes, ("normal", "dos", "scan")),
        **changes,
    }
    return Table(**fields)


def _pair(**changes) -> tuple[Table, Table]:
    one = _table(
        ("dur_us", "bytes", "proto"),
        [[2e6, 5, 6], [1e6, 7, 17]],
        [0, 2],
        group=np.array([4, 4]),
        group_name="flow",
        notes=(Note("rows dropped", 3),),
        flags=("rows-are-packets",),
    )
    two = _table(
        ("kb", "duration"),
        [[2, 3.5], [4, 4.5], [0, 0]],
        [1, 0, 0],
        **{"group": np.array([0, 4, 4]), "group_name": "host", **changes},
    )
    return one, two


def test_shared_columns_are_in_canonical_units_and_others_are_gone():
    table = joined(*_pair(), FLOW, NAMES)
    assert table.columns == ("duration_s", "fwd_bytes")
    expected = [[2, 5], [1, 7], [3.5, 2000], [4.5, 4000], [0, 0]]
    np.testing.assert_allclose(table.x, expected, rtol=1e-6)
    assert table.x.dtype == np.float32


def test_attacks_keep_the_name_of_their_dataset_and_benign_is_one_class():
    table = joined(*_pair(), FLOW, NAMES)
    assert table.attack.classes == ("benign", "one: dos", "one: scan", "two: dos", "two: scan")
    assert table.attack.codes.tolist() == [0, 2, 3, 0, 0]
    assert table.labels["binary"].codes.tolist() == [0, 1, 1, 0, 0]
    assert set(table.labels) == {"binary"}


def test_groups_of_the_two_are_apart_and_rows_without_one_are_each_their_own():
    one, two = _pair()
    table = joined(one, two, FLOW, NAMES)
    assert table.group.tolist() == [4, 4, 5, 9, 9]
    assert table.group_name == "host"
    table = joined(Table(**{**one.__dict__, "group": None}), two, FLOW, NAMES)
    assert len(set(table.group.tolist())) == 4
    assert joined(*_pair(group=None, group_name=""), FLOW, NAMES).group is None


def test_what_both_tables_noted_is_kept():
    table = joined(*_pair(), FLOW, NAMES)
    assert [(note.what, note.count) for note in table.notes] == [
        ("rows of one, to train on", 2),
        ("rows of two, to test on", 3),
        ("rows dropped", 3),
    ]
    assert table.flags == ("rows-are-packets",)


def test_tables_without_a_shared_column_are_skipped():
    with pytest.raises(CellSkipped) as caught:
        joined(*_pair(), {"protocol": FLOW["protocol"]}, NAMES)
    assert str(caught.value) == (
        "one and two have no canonical flow column in common in these layouts and columns"
    )


def test_the_stage_writes_a_table_with_hashes_and_marks(tmp_path):
    folders = [tmp_path / name for name in ("one", "two", "out")]
    for folder in folders:
        folder.mkdir()
    for folder, table in zip(folders[:2], _pair(), strict=True):
        save_table(folder, table, row_hashes(table.x))
    job = {"tables": [str(folder) for folder in folders[:2]], "flow": FLOW, "names": NAMES}
    assert join(job, folders[2]) == {"rows": 5, "columns": 2}
    table = open_table(folders[2])
    assert np.load(folders[2] / TRAINED_ON).tolist() == [True, True, False, False, False]
    expected = combine(row_hashes(np.asarray(table.x)), np.asarray(table.attack.codes))
    assert np.array_equal(row_hashes_of(folders[2]), expected)


def test_cards_map_what_both_name():
    fields = {"title": "t", "layouts": (), "row_unit": "flow", "benign": "0"}
    one = Card("a", flow={"fwd_bytes": FlowColumn("b"), "protocol": FlowColumn("p")}, **fields)
    two = Card("b", flow={"fwd_bytes": FlowColumn("k", 1000.0)}, **fields)
    assert flow_map(one, two) == {"fwd_bytes": [("b", 1.0), ("k", 1000.0)]}
