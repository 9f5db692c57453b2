"""The cost row: what is known of each line stands in it, what no line has is named as missing."""

from __future__ import annotations

import pytest

from idsbench.cost_columns import COLUMNS, cost_grid, deployed, signed
from idsbench.ranking import Line, rows

COSTS = {
    "macs": 391_744,
    "peak_rss_mb": 51.1,
    "latency_p95_us": 77.1,
    "throughput_rows_per_s": 39_200.0,
    "throughput_batch": 64,
    "featurize_us_per_row": 785.0,
    "start_up_s": 0.453,
    "energy_uj_per_row": 248.0,
    "energy_method": "rapl",
    "energy_uj_low": 240.0,
    "energy_uj_high": 256.0,
    "instructions_per_inference": 1_234,
    "code_bytes": 4_000,
    "data_bytes": 500,
}
PARITY = {
    "agreement": 0.9866,
    "fpr_change": 0.02203,
    "auc_change": -0.00012884,
    "mcnemar": {"p": 0.5},
}


def _line(rank: int = 1, seeds: int = 1, **values) -> Line:
    base = {"status": "ok", "model": "cnn", "target": "edge-c", **values}
    return Line(tuple(rows({**base, "seed": seed} for seed in range(seeds))), rank)


def test_a_deployed_line_has_its_whole_cost_and_its_parity():
    found = cost_grid([_line(**COSTS, parity=PARITY)])
    assert found.notes == []
    assert found.rows == [
        {
            "#": "1",
            "model": "cnn",
            "MACs": "392k",
            "RSS MB": "51.1",
            "p95 us": "77.1",
            "rows/s (batch)": "39.2k (64)",
            "prep us": "785",
            "start s": "0.453",
            "energy uJ": "248 [240, 256] (rapl)",
            "instr": "1.23k",
            "code B": "4k",
            "data B": "500",
            "agreement": "0.987",
            "FPR change": "+0.022",
            "AUC change": "-0.0001",
            "McNemar p": "0.500",
        }
    ]
    assert list(found.rows[0])[2:] == [column.header for column in COLUMNS]


def test_what_no_line_has_is_named_and_what_one_lacks_is_a_dash():
    native = _line(2, target="cpu", macs=5)
    found = cost_grid([_line(parity=PARITY, energy_uj_per_row=3.0), native])
    assert found.notes == [
        "No value in any line: RSS MB, p95 us, rows/s (batch), prep us, start s."
    ]
    assert [(row["target"], row["MACs"], row["agreement"]) for row in found.rows] == [
        ("edge-c", "-", "0.987"),
        ("cpu", "5", "-"),
    ]
    assert "instr" not in found.rows[0]


def test_over_seeds_figures_are_means_without_the_interval_of_one():
    (row,) = cost_grid([_line(seeds=2, **COSTS)]).rows
    assert (row["energy uJ"], row["rows/s (batch)"]) == ("248 (rapl)", "39.2k (64)")


@pytest.mark.parametrize(
    ("record", "was"),
    [
        ({"parity": PARITY}, True),
        ({"parity": {}}, True),
        ({}, False),
        ({"parity": "good"}, False),
    ],
)
def test_only_a_line_that_was_compared_with_the_trained_model_is_deployed(record, was):
    assert deployed([_line(2), _line(**record)]) is was


@pytest.mark.parametrize("value", [1e-9, -1e-9, 0.0004, -0.0004])
def test_a_small_change_never_reads_as_none(value):
    assert float(signed(value)) == value
