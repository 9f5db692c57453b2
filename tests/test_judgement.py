"""Budgets, the front and a board mark lines and rows; nothing is dropped for them."""

from __future__ import annotations

import json

import pytest

from idsbench import leaderboard
from idsbench.errors import RequestError
from idsbench.judgement import Judgement, judgement
from idsbench.rowkeys import ROW_KEYS


def _record(model: str, **values) -> dict:
    row = dict.fromkeys(ROW_KEYS)
    row |= {"status": "ok", "model": model, "identity": model, "cell": model, "seed": 0}
    row |= {"flags": [], "dataset": "toy", "variant": "full", "task": "binary", "machine": "m"}
    row |= {"fpr": 0.1, "recall": 0.9, "latency_p50_us": 50.0, "latency_p99_us": 100.0}
    return {**row, "size_bytes": 1_000, "peak_rss_mb": 50.0, "auc_roc": 0.9, **values}


RECORDS = [
    _record("small"),
    _record("quick", latency_p50_us=5.0, latency_p99_us=None, size_bytes=2_000),
    _record("large", size_bytes=900_000),
    _record("broken", status="failed", fpr=None, reason="it broke"),
]


def _rows(asked: Judgement) -> dict[str, dict]:
    found = json.loads(leaderboard.render(RECORDS, "json", asked=asked))
    return {row["model"]: row for row in found}


def test_rows_have_the_verdict_and_all_of_them_are_there():
    rows = _rows(judgement("size_bytes=300000,latency_p99_us=500"))
    verdicts = {name: (row["within_budget"], row["over_budget"]) for name, row in rows.items()}
    assert verdicts == {
        "small": (True, []),
        "quick": (None, []),
        "large": (False, ["size_bytes"]),
        "broken": (None, []),
    }
    assert {name: row["pareto"] for name, row in rows.items()} == {
        "small": True,
        "quick": True,
        "large": False,
        "broken": None,
    }


def test_without_a_question_rows_are_as_ever():
    for row in _rows(Judgement()).values():
        assert not {"within_budget", "over_budget", "pareto", "board"} & set(row)


def test_the_table_names_what_is_missed_and_marks_the_front():
    text = leaderboard.render(RECORDS, asked=judgement("size_bytes=300000,latency_p99_us=500"))
    lines = {line.split()[1]: line for line in text.splitlines() if line[:1].isdigit()}
    assert "over: size_bytes" in lines["large"]
    assert "not measured: latency_p99_us" in lines["quick"]
    assert " ok " in lines["small"]
    assert (
        "budget: size_bytes <= 300000, latency_p99_us <= 500; 'over' names what is missed." in text
    )
    assert "front: no other line has, on the same machine, an FPR, recall, size and median" in text
    assert "failed: broken" in text


def test_a_board_says_whether_each_model_fits():
    rows = _rows(judgement(None, board="raspberry-pi-pico"))
    assert (rows["small"]["board"], rows["small"]["fits_board"]) == ("raspberry-pi-pico", False)
    assert rows["small"]["fits_board_reason"] == "needs an operating system"
    assert "pareto" not in rows["small"]
    own = _record("huge", size_bytes=3_000_000)
    text = leaderboard.render([own], asked=judgement(None, board="raspberry-pi-pico"))
    assert "no: flash" in text
    assert "nothing about its speed" in text


def test_seeds_of_one_line_are_judged_by_their_mean_and_each_row_by_its_own():
    pair = [_record("m", seed=seed, size_bytes=size) for seed, size in ((0, 100), (1, 400))]
    asked = judgement("size_bytes=300")
    (line,) = [one for one in leaderboard.render(pair, asked=asked).splitlines() if one[:1] == "1"]
    assert " ok " in line, "their mean is 250"
    rows = json.loads(leaderboard.render(pair, "json", asked=asked))
    assert [row["within_budget"] for row in rows] == [True, False]


def test_mistakes_in_budget_and_board_are_told_together():
    with pytest.raises(RequestError) as caught:
        judgement("fp=1", board="esp32")
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "--budget fp",
        "--board esp32",
    ]
