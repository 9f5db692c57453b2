"""The folds of a protocol are one line: their mean, and from the least to the greatest."""

from __future__ import annotations

import json

import pytest

from idsbench.leaderboard import render
from idsbench.ranking import rank, rows, without_fold


def _record(fold: int, tpr: float | None, **changes):
    spec = f"leave-out[fold={fold}]"
    record = {
        "cell": f"c{fold}-{changes.get('seed', 0)}",
        "identity": json.dumps({"protocol": f"leave-out[fold={fold},folds=3]", "model": "m"}),
        "model": "m",
        "status": "ok",
        "dataset": "toy",
        "variant": "full",
        "origin_sha256": "aa",
        "task": "binary",
        "protocol": spec,
        "row_unit": "flow",
        "seed": 0,
        "fold": f"fold={fold}",
        "fpr": 0.1,
        "flags": [],
        "tpr_at_fpr_1pct": tpr,
    }
    return record | changes


def test_folds_make_one_line_in_one_group_named_without_them():
    [group] = rank(rows([_record(fold, tpr) for fold, tpr in ((2, 0.9), (0, 0.1), (1, 0.5))]))
    assert group.protocol == "leave-out"
    [line] = group.ranked
    assert [row["fold"] for row in line.rows] == ["fold=0", "fold=1", "fold=2"]
    assert (line.folds, line.seeds) == (3, 1)
    assert line.mean("tpr_at_fpr_1pct") == pytest.approx(0.5)
    assert line.spread("tpr_at_fpr_1pct") == (0.1, 0.9)


def test_numbered_folds_are_in_the_order_of_their_numbers():
    [group] = rank(rows([_record(fold, 0.5) for fold in (10, 9, 2)]))
    assert [row["fold"] for row in group.ranked[0].rows] == ["fold=2", "fold=9", "fold=10"]


def test_other_parameters_and_other_data_keep_lines_apart():
    other = json.dumps({"protocol": "leave-out[fold=0,folds=4]", "model": "m"})
    records = [
        _record(0, 0.5),
        _record(0, 0.5, cell="x", identity=other),
        _record(1, 0.5, origin_sha256="bb"),
    ]
    [group] = rank(rows(records))
    assert len(group.ranked) == 3


def test_a_fold_without_a_score_leaves_no_mean_and_a_failed_one_no_rank():
    [group] = rank(rows([_record(0, 0.5), _record(1, None)]))
    assert group.ranked[0].mean("tpr_at_fpr_1pct") is None
    failed = _record(1, None, status="skipped", reason="too few groups")
    [group] = rank(rows([_record(0, 0.5), failed]))
    assert group.ranked == ()
    assert len(group.unranked) == 1


def test_the_table_shows_mean_range_and_number_of_folds_and_names_a_missing_one():
    text = render([_record(fold, tpr) for fold, tpr in ((0, 0.1), (1, 0.5), (2, 0.9))])
    assert "== toy / full / binary / leave-out / one row = one flow ==" in text
    assert "0.500 [0.100, 0.900]" in text
    assert "folds: how many held-out folds the line merges." in text
    failed = _record(1, None, status="skipped", reason="too few groups")
    text = render([_record(0, 0.5), failed])
    assert "  incomplete: m: 1 of 2 folds and seeds ok" in text
    assert "  skipped: m, seed 0, fold=1: too few groups" in text


def test_json_keeps_one_object_per_fold_with_its_fold():
    objects = json.loads(render([_record(0, 0.1), _record(1, 0.5)], "json"))
    assert [one["fold"] for one in objects] == ["fold=0", "fold=1"]
    assert [one["protocol"] for one in objects] == ["leave-out[fold=0]", "leave-out[fold=1]"]


@pytest.mark.parametrize(
    ("spec", "fold", "left"),
    [
        ("p[fold=1]", "fold=1", "p"),
        ("p[fold=1,folds=5]", "fold=1", "p[folds=5]"),
        ("p[a=b,fold=1]", "fold=1", "p[a=b]"),
        ("p[fold=10]", "fold=1", "p[fold=10]"),
        ("p[attack=A B-c]", "attack=A B-c", "p"),
        ("clean", None, "clean"),
        ("clean", "", "clean"),
    ],
)
def test_the_fold_is_taken_out_of_a_spec_and_nothing_else(spec, fold, left):
    assert without_fold(spec, fold) == left
