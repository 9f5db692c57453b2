"""Published rows stand beside measured ones: with the verdict, in a row's keys, never ranked."""

from __future__ import annotations

import json

import pytest

from idsbench import leaderboard
from idsbench.claims_published import folder, published_rows, shipped_claims
from idsbench.rowkeys import ROW_KEYS


def _record(dataset: str, model: str) -> dict:
    return {
        **dict.fromkeys(ROW_KEYS),
        **{"status": "ok", "dataset": dataset, "model": model, "cell": "c0", "seed": 0},
        **{"variant": "excerpt", "task": "binary", "protocol": "clean", "identity": "i"},
        **{"tpr_at_fpr_1pct": 0.5, "flags": []},
    }


@pytest.fixture(scope="module")
def published() -> list[dict]:
    """Give the published rows beside one measured row."""
    return published_rows([_record("mqttset", "cnn[epochs=3]")], shipped_claims())


def test_the_shipped_claims_are_found_by_the_installed_package():
    assert sorted(file.name for file in folder().iterdir()) == ["paper-c.toml", "paper-m.toml"]


def test_only_rows_of_a_measured_dataset_and_model_are_given(published):
    assert {(row["dataset"], row["model"]) for row in published} == {("mqttset", "cnn")}
    assert published_rows([_record("mqttset", "dummy")], shipped_claims()) == []
    assert published_rows([_record("iotid20", "cnn")], shipped_claims()) == []
    assert published_rows([], shipped_claims()) == []


def test_a_published_row_has_the_keys_of_a_row_and_nothing_that_was_not_printed(published):
    for row in published:
        assert set(row) == set(ROW_KEYS)
        assert (row["status"], row["variant"], row["cell"]) == ("published", "published", None)
        assert (row["latency_p50_us"], row["auc_roc"], row["tpr_at_fpr_1pct"]) == (None,) * 3
    assert [row["accuracy"] for row in published] == [0.9861, 0.9941]
    assert [row["reason"].partition(":")[0] for row in published] == ["impossible", "consistent"]


@pytest.mark.parametrize("fmt", ["table", "markdown", "latex"])
def test_a_leaderboard_shows_published_rows_and_ranks_only_measured_ones(published, fmt):
    text = leaderboard.render([_record("mqttset", "cnn"), *published], fmt)
    assert text.count("published: cnn") == 2
    for group in leaderboard.rank([_record("mqttset", "cnn"), *published]):
        assert all(line.text("status") == "ok" for line in group.ranked)
        assert (group.variant == "published") == bool(group.unranked)


def test_the_flag_of_the_leaderboard_adds_them(tmp_path, capsys, monkeypatch):
    from idsbench import store
    from idsbench.cli import main

    monkeypatch.setattr(store, "read_records", lambda _: [_record("mqttset", "cnn")])
    command = ["leaderboard", "--results", str(tmp_path), "--format", "json"]
    assert main(command) == 0
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["ok"]
    assert main([*command, "--published"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in rows] == ["ok", "published", "published"]
