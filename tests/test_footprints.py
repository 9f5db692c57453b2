"""One memory measurement serves trainings of the same structure, and no other."""

from __future__ import annotations

import json

import pytest

from idsbench.footprints import footprint_key, key_of_training, recall, remember
from idsbench.plan import Request, make_plan
from idsbench.run import Options, run
from idsbench.view import SilentView

TRAINING = {"size_bytes": 2_400_000, "macs": 300, "input_shape": [6, 6, 1]}


@pytest.fixture
def key_of(faults):
    """Give the key of a request's one cell, with what its training says."""

    def make(training=TRAINING, **fields) -> str:
        fields = {"models": "logistic", "baselines": False, **fields}
        (cell,) = make_plan(faults, Request("toy", **fields)).cells
        return footprint_key(cell, training)

    return make


@pytest.mark.parametrize(
    "fields",
    [
        {"seeds": "7"},
        {"samplers": "smote-rus"},
        {"protocols": "paper-whole"},
        {"featurizers": "table[scale=minmax]"},
        {"training": {**TRAINING, "size_bytes": 2_999_999}},
    ],
)
def test_what_changes_weights_alone_shares_the_measurement(key_of, fields):
    assert key_of(**fields) == key_of()


@pytest.mark.parametrize(
    "fields",
    [
        {"models": "decision-tree"},
        {"models": "logistic[c=2]"},
        {"targets": "cpu[threads=2]"},
        {"featurizers": "select+table"},
        {"training": {**TRAINING, "size_bytes": 3_000_000}},
        {"training": {**TRAINING, "macs": 301}},
        {"training": {**TRAINING, "input_shape": [7, 7, 1]}},
    ],
)
def test_what_changes_the_structure_is_measured_again(key_of, fields):
    assert key_of(**fields) != key_of()


VALUE = {"peak_rss_mb": 40.0, "start_up_s": 0.5, "start_up_cpu_s": 0.4}
CELL = "0123456789abcdef"
NOTED = {**VALUE, "peak_rss_from": CELL}


def test_a_measurement_is_recalled_with_the_cell_that_it_came_from(tmp_path):
    assert recall(tmp_path, "k") is None
    remember(tmp_path, "k", {**VALUE, "out": "/a/folder"}, CELL, False)
    assert recall(tmp_path, "k") == NOTED


def test_a_thorough_run_wants_a_thorough_note_and_a_quick_one_takes_both(tmp_path):
    remember(tmp_path, "k", VALUE, CELL, False)
    assert recall(tmp_path, "k", thorough=True) is None
    remember(tmp_path, "k", VALUE, CELL, True)
    assert recall(tmp_path, "k", thorough=True) == recall(tmp_path, "k") == NOTED


@pytest.mark.parametrize(
    "text",
    [
        '{"peak_rss_mb": 4',
        "[]",
        json.dumps(VALUE),
        *(
            json.dumps({**NOTED, **change})
            for change in (
                {"peak_rss_mb": float("nan")},
                {"peak_rss_mb": -5},
                {"peak_rss_mb": "lots"},
                {"peak_rss_mb": True},
                {"peak_rss_mb": 10**400},
                {"start_up_s": float("inf")},
                {"start_up_cpu_s": -1.0},
                {"memory_mb": []},
                {"peak_rss_from": "someone"},
                {"start_up_reason": 3},
            )
        ),
    ],
)
def test_a_damaged_note_counts_as_none(tmp_path, text):
    remember(tmp_path, "k", VALUE, CELL, True)
    (tmp_path / "footprints" / "k.json").write_text(text)
    assert recall(tmp_path, "k") is None


def test_a_target_that_reports_no_memory_has_a_sound_note(tmp_path):
    value = {"peak_rss_mb": None, "start_up_s": None, "start_up_reason": "not timed"}
    remember(tmp_path, "k", value, CELL, False)
    assert recall(tmp_path, "k") == {**value, "peak_rss_from": CELL}


def test_a_note_that_cannot_be_written_is_only_not_there(tmp_path):
    (tmp_path / "footprints").write_text("no folder")
    remember(tmp_path, "k", VALUE, CELL, False)
    assert recall(tmp_path, "k") is None


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", '{"size_bytes": "many"}'])
def test_a_training_that_says_too_little_shares_no_measurement(faults, tmp_path, text):
    (cell,) = make_plan(faults, Request("toy", models="faulty", baselines=False)).cells
    if text is not None:
        (tmp_path / "meta.json").write_text(text)
    assert key_of_training(cell, tmp_path) == ""
    remember(tmp_path, "", VALUE, CELL, False)
    assert not (tmp_path / "footprints").exists()


def test_fresh_measures_once_more_for_all_cells_of_a_structure(faults, tmp_path, monkeypatch):
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "cache"))
    plan = make_plan(faults, Request("toy", models="faulty", seeds="0-1", baselines=False))

    def starts(**asked: bool) -> list[float]:
        records = run(faults, plan, Options(tmp_path / "r", **asked), SilentView())
        assert {record["peak_rss_from"] for record in records} == {plan.cells[0].id}
        return [record["start_up_s"] for record in records]

    first, again = starts(), starts(fresh=True)
    assert first[0] == first[1] != again[0] == again[1]
