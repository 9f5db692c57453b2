"""One memory measurement serves trainings of the same structure, and no other."""

from __future__ import annotations

import pytest

from idsbench.footprints import footprint_key, recall, remember
from idsbench.plan import Request, make_plan

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


def test_a_measurement_is_recalled_with_the_cell_that_it_came_from(tmp_path):
    assert recall(tmp_path, "k") is None
    remember(tmp_path, "k", {"peak_rss_mb": 40.0}, "cell-1")
    assert recall(tmp_path, "k") == {"peak_rss_mb": 40.0, "peak_rss_from": "cell-1"}


def test_a_damaged_note_counts_as_none(tmp_path):
    remember(tmp_path, "k", {"peak_rss_mb": 40.0}, "cell-1")
    (tmp_path / "footprints" / "k.json").write_text('{"peak_rss_mb": 4')
    assert recall(tmp_path, "k") is None
