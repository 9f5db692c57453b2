"""What each protocol promises of its parts, what it says of them, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idsbench.builtin.cross_dataset import CrossDataset
from idsbench.builtin.grouped import Grouped
from idsbench.builtin.leave_one_attack_out import LeaveOneAttackOut
from idsbench.builtin.leave_one_group_out import LeaveOneGroupOut
from idsbench.builtin.protocols import idsbench_protocols
from idsbench.builtin.temporal import Temporal
from idsbench.contract_checks import check_split
from idsbench.errors import CellSkipped
from idsbench.split_values import JoinedRows
from idsbench.values import Labels, Rows

NO_TIME = (
    "timestamps are encoded or missing in this file, so the past cannot be told from the future: "
    "use the layout that has times, or another protocol"
)


def _rows(attack, group=None, time=None, vector=None, y=None) -> Rows:
    """Give rows with these finest labels."""
    names = ["benign", *sorted(set(attack) - {"benign"})]
    codes = np.array([names.index(name) for name in attack], dtype=np.int16)
    return Rows(
        y=(codes > 0).astype(np.int16) if y is None else np.asarray(y, dtype=np.int16),
        group=None if group is None else np.asarray(group, dtype=np.int64),
        time=None if time is None else np.asarray(time, dtype=np.float64),
        attack=Labels(codes, tuple(names)),
        vector=(np.arange(len(codes)) if vector is None else np.asarray(vector)).astype(np.uint64),
    )


def _split(protocol, rows, seed=0):
    split = protocol.split(rows, np.random.default_rng(seed))
    check_split(split, len(rows.y))
    return split


def _refusal(protocol, rows) -> str:
    with pytest.raises(CellSkipped) as caught:
        _split(protocol, rows)
    return str(caught.value)


def _parts(split):
    return split.train, split.valid, split.test


def _mixed(n=600):
    """Benign, dos and scan rows, five to a group."""
    attack = np.tile(["benign", "dos", "scan"], n // 3)
    return _rows(np.sort(attack), group=np.arange(n) // 5, time=np.arange(n) * 7 % n)


def test_every_protocol_says_in_one_sentence_what_it_claims():
    for component in idsbench_protocols():
        claims = component.traits.claims
        assert claims.endswith("."), component.name
        assert claims.count(". ") == 0, component.name


# grouped


@settings(deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10_000), st.sampled_from(["card", "vector"]))
def test_grouped_puts_no_group_on_two_sides_and_every_row_on_one(seed, by):
    rng = np.random.default_rng(seed)
    attack = rng.choice(["benign", "dos", "scan"], size=500)
    group, vector = rng.integers(0, 90, 500), rng.integers(0, 90, 500)
    split = _split(Grouped(by), _rows(attack, group=group, vector=vector), seed)
    key = group if by == "card" else vector
    held = [set(key[part]) for part in _parts(split)]
    assert sum(map(len, held)) == len(set().union(*held))
    assert sum(map(len, _parts(split))) == 500


def test_grouped_keeps_the_class_mix_where_groups_allow():
    rows = _mixed()
    for part, share in zip(_parts(_split(Grouped(), rows)), (0.70, 0.15, 0.15), strict=True):
        np.testing.assert_allclose(np.bincount(rows.attack.codes[part]) / 200, share, atol=0.03)


def test_grouped_on_a_file_without_groups_keeps_equal_vectors_together_and_says_so():
    rows = _rows(["benign", "dos"] * 300, vector=np.arange(600) // 6)
    split = _split(Grouped(), rows)
    held = [set(rows.vector[part]) for part in _parts(split)]
    assert sum(map(len, held)) == 100
    assert split.notes == (
        "the file has no group column: rows with equal features are kept on one side instead",
    )
    assert split.flags == ()
    assert _split(Grouped("vector"), rows).notes == ()


def test_grouped_says_which_class_cannot_be_on_all_sides_and_still_splits_the_others():
    attack = ["benign"] * 100 + ["dos"] * 100 + ["flood"] * 80 + ["scan"] * 10
    group = [*range(20)] * 5 + [*range(20, 40)] * 5 + [50] * 80 + [60] * 5 + [61] * 5
    split = _split(Grouped(), _rows(attack, group=group))
    assert split.notes == (
        "flood (80 rows, 1 group) is in training rows only",
        "scan (10 rows, 2 groups) is in training and test rows only",
    )
    assert split.flags == ("class-missing-in-part",)


def test_grouped_is_refused_where_benign_rows_lie_in_two_groups():
    rows = _rows(["benign"] * 50 + ["dos"] * 50, group=[0, 1] * 25 + [*range(10, 60)])
    assert _refusal(Grouped(), rows) == (
        "the validation part would hold no benign row: there are too few groups to keep each on "
        "one side"
    )


# temporal


def test_temporal_trains_on_the_past_validates_on_what_follows_and_tests_on_the_future():
    rng = np.random.default_rng(0)
    rows = _rows(rng.choice(["benign", "dos"], 1000), time=rng.integers(0, 300, 1000))
    train, valid, test = (rows.time[part] for part in _parts(_split(Temporal(), rows)))
    assert train.max() < valid.min() <= valid.max() < test.min()
    assert [len(part) for part in (train, valid, test)] == pytest.approx([700, 150, 150], abs=5)


def test_temporal_is_refused_without_times_or_with_a_gap_in_them():
    attack = ["benign", "dos"] * 10
    assert _refusal(Temporal(), _rows(attack)) == NO_TIME
    assert _refusal(Temporal(), _rows(attack, time=[*range(19), np.nan])) == NO_TIME


def test_temporal_is_refused_where_classes_follow_one_another_but_can_cut_each_by_itself():
    rows = _rows(["benign"] * 100 + ["dos"] * 100 + ["scan"] * 2, time=[*range(200), 300, 300])
    assert _refusal(Temporal(), rows) == (
        "the validation part would hold no benign row: its classes were captured one after "
        "another; temporal[within=class] cuts each by itself"
    )
    split = _split(Temporal("class"), rows)
    for code in (0, 1):
        times = [rows.time[part[rows.attack.codes[part] == code]] for part in _parts(split)]
        assert [len(one) for one in times] == [70, 15, 15]
        assert times[0].max() < times[1].min() <= times[1].max() < times[2].min()
    assert split.notes == ("scan (2 rows, 1 distinct time) is in training rows only",)


# leave-one-attack-out


def test_a_left_out_attack_is_in_no_training_and_no_validation_row_and_wholly_in_the_test():
    rows = _mixed()
    split = _split(LeaveOneAttackOut("DoS"), rows)
    train, valid, test = (np.bincount(rows.attack.codes[p], minlength=3) for p in _parts(split))
    assert train.tolist() == [140, 0, 140]
    assert valid.tolist() == [30, 0, 30]
    assert test.tolist() == [30, 200, 0]
    assert split.notes == (
        "the test part holds benign rows and DoS; 30 rows of other attacks are in no part",
    )


def test_an_attack_that_is_not_there_or_the_only_one_or_a_finer_task_is_refused():
    assert _refusal(LeaveOneAttackOut("scam"), _mixed()) == (
        "the data name no attack 'scam': did you mean scan?"
    )
    assert _refusal(LeaveOneAttackOut("dos"), _rows(["benign", "dos"] * 9)) == (
        "dos is the only attack in the data: none would be left"
    )
    rows = _rows(["benign", "dos", "scan"] * 9, y=[0, 1, 2] * 9)
    assert _refusal(LeaveOneAttackOut("dos"), rows) == (
        "no model can name a class that it never saw: run leave-one-attack-out on the binary task"
    )


# leave-one-group-out


def test_each_group_is_held_out_in_one_fold_and_never_trained_on_there():
    rows = _mixed()
    held = []
    for fold in range(4):
        split = _split(LeaveOneGroupOut(fold, 4), rows, seed=3)
        groups = [set(rows.group[part]) for part in _parts(split)]
        assert sum(map(len, groups)) == 120
        held += sorted(groups[2])
        assert (rows.y[split.test] == 0).mean() == pytest.approx(1 / 3, abs=0.05)
        assert split.notes == ("30 of 120 groups are held out, 10 with benign rows",)
    assert sorted(held) == list(range(120))


def test_as_many_folds_as_benign_groups_hold_out_one_at_a_time():
    rows = _rows(["benign"] * 50 + ["dos"] * 50, group=np.arange(100) // 10)
    for fold in range(5):
        split = _split(LeaveOneGroupOut(fold, 5), rows)
        assert len(set(rows.group[split.test][rows.y[split.test] == 0])) == 1


def test_holding_out_groups_is_refused_without_them_or_with_too_few_benign_ones():
    assert _refusal(LeaveOneGroupOut(0), _rows(["benign", "dos"] * 9)) == (
        "the file has no column that tells hosts, devices or captures apart: nothing can be held "
        "out whole"
    )
    rows = _rows(["benign"] * 40 + ["dos"] * 60, group=np.arange(100) // 10)
    assert _refusal(LeaveOneGroupOut(0), rows) == (
        "benign rows come from 4 groups, and folds=5 needs 5: use folds=4"
    )
    few = _rows(["benign"] * 20 + ["dos"] * 60, group=np.arange(80) // 10)
    assert _refusal(LeaveOneGroupOut(0, 2), few) == (
        "benign rows come from 2 groups, and folds=2 needs 3: the data cannot test other benign "
        "ones"
    )


# cross-dataset


def test_cross_dataset_tests_on_all_rows_of_one_and_learns_from_the_other_alone():
    rows = _mixed()
    joined = JoinedRows(*(getattr(rows, f) for f in Rows.__dataclass_fields__), rows.group % 2 == 0)
    split = _split(CrossDataset("other"), joined)
    assert np.array_equal(split.test, np.flatnonzero(~joined.trained_on))
    assert joined.trained_on[split.train].all()
    assert joined.trained_on[split.valid].all()
    assert len(split.train) + len(split.valid) == 300
    valid = np.bincount(rows.attack.codes[split.valid])
    assert valid.tolist() == pytest.approx([15, 15, 15], abs=1)


def test_cross_dataset_is_refused_on_rows_of_one_dataset():
    assert _refusal(CrossDataset(None), _mixed()) == (
        "cross-dataset needs two datasets: name the other with [train=NAME]"
    )


@pytest.mark.parametrize(
    "protocol",
    [Grouped(), Temporal(), LeaveOneAttackOut("dos"), LeaveOneGroupOut(1, 4)],
    ids=lambda one: type(one).__name__,
)
def test_a_split_depends_on_rows_and_seed_alone(protocol):
    first, again = _split(protocol, _mixed(), 5), _split(protocol, _mixed(), 5)
    assert all(np.array_equal(a, b) for a, b in zip(_parts(first), _parts(again), strict=True))
