"""`idsbench audit` prints findings in every format and ends with 3 where it is asked to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idsbench.cli import FINDING, OK, WRONG_REQUEST, main
from idsbench.tables import FORMATS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder with a small stand-in of a dataset that has flow ids."""
    data = tmp_path_factory.mktemp("data")
    (data / "iotid20").mkdir()
    file = data / "iotid20" / "iotid20.csv"
    assert main(["data", "synthesize", "iotid20", "--rows", "3000", "--out", str(file)]) == OK
    return data


def _audit(folder: Path, *options: str) -> int:
    return main(["audit", "iotid20", "--data-dir", str(folder), *options])


def _json(folder: Path, capsys, *options: str) -> list[dict]:
    capsys.readouterr()
    assert _audit(folder, "--format", "json", *options) == OK
    return json.loads(capsys.readouterr().out)


def test_columns_that_are_no_features_are_judged_too(folder, capsys):
    rows = _json(folder, capsys)
    scores = {row["columns"][0]: row for row in rows if row["check"] == "one-column-shortcut"}
    assert scores["Timestamp"]["severity"] == "warning"
    assert scores["Timestamp"]["figure"] > 0.98
    assert list(rows[0]) == ["severity", "check", "columns", "rows", "figure", "what", "source"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_names_the_checks(folder, capsys, fmt):
    capsys.readouterr()
    assert _audit(folder, "--format", fmt) == OK
    assert "duplicates-across-split" in capsys.readouterr().out


def test_a_leak_ends_with_3_only_where_it_is_asked_for(folder, capsys):
    rows = _json(folder, capsys)
    leaks = sum(row["severity"] == "leak" for row in rows)
    assert leaks > 0
    capsys.readouterr()
    assert _audit(folder, "--fail-on", "leak") == FINDING
    assert capsys.readouterr().err == f"idsbench: {leaks} of {len(rows)} findings are leaks\n"


def test_columns_that_are_chosen_as_features_leak(folder, capsys):
    capsys.readouterr()
    name = "iotid20[columns=all]"
    assert main(["audit", name, "--data-dir", str(folder), "--format", "json"]) == OK
    rows = json.loads(capsys.readouterr().out)
    found = {(row["severity"], row["check"]) for row in rows}
    assert ("leak", "identifiers-as-features") in found
    assert ("leak", "endpoints-as-features") in found
    stamp = next(row for row in rows if row["columns"][:1] == ["Timestamp"])
    assert stamp["severity"] == "leak"


def test_each_task_names_its_rows_where_there_are_several(folder, capsys):
    rows = _json(folder, capsys, "--tasks", "binary,category")
    assert {row["task"] for row in rows} == {"binary", "category"}


def test_a_protocol_of_the_papers_is_named_as_the_leak_it_is(folder, capsys):
    checks = {row["check"] for row in _json(folder, capsys, "--protocol", "paper-whole")}
    assert {"fitted-on-test-rows", "balanced-before-split"} <= checks


def test_a_task_that_the_data_lack_leaves_out_the_split_and_says_so(real_data, capsys):
    options = ("--data-dir", str(real_data), "--tasks", "category", "--format", "json")
    assert main(["audit", "iotid20", *options]) == OK
    printed = capsys.readouterr()
    assert "duplicates-across-split" not in printed.out
    assert printed.err == (
        "idsbench: the protocol 'clean' cannot split these data (the data have no labels for the "
        "task 'category'); checks of the split are left out\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["iotid20,mqttset"],
            "idsbench: an audit is of one dataset, not of iotid20, mqttset: name one\n",
        ),
        (
            ["iotid20", "--protocol", "paper-*"],
            "idsbench: an audit is of one protocol, not of paper-train, paper-whole: name one\n",
        ),
    ],
)
def test_an_audit_is_of_one_dataset_and_one_protocol(arguments, sentence, capsys):
    assert main(["audit", *arguments]) == WRONG_REQUEST
    assert capsys.readouterr().err == sentence


def test_all_that_is_wrong_with_a_request_is_said_at_once(capsys):
    command = ["audit", "iotid2", "--tasks", "foo", "--protocol", "bar"]
    assert main(command) == WRONG_REQUEST
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[2].split("'")[:2] for line in told] == [
        [" unknown dataset ", "iotid2"],
        [" unknown protocol ", "bar"],
        [" unknown task ", "foo"],
    ]


def test_the_table_is_read_through_the_cache_that_runs_use(folder, capsys, monkeypatch):
    _json(folder, capsys)
    monkeypatch.setattr("idsbench.prepare.load", None)
    assert _json(folder, capsys)


def test_of_several_folds_the_first_is_audited_and_said(folder, capsys):
    assert _audit(folder, "--protocol", "leave-one-group-out", "--format", "json") == OK
    said = capsys.readouterr()
    assert said.err == (
        "idsbench: the first of 5 folds is audited: leave-one-group-out[fold=0]; "
        "name another in the same way\n"
    )
    assert "groups-on-two-sides" not in said.out
    assert _audit(folder, "--protocol", "leave-one-group-out[fold=3]") == OK
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        ("frozen", "'frozen' needs its file: --protocol 'frozen[manifest=FILE]'"),
        (
            "cross-dataset",
            "'cross-dataset' needs a dataset to train on: --protocol 'cross-dataset[train=NAME]'",
        ),
    ],
)
def test_what_only_the_user_can_name_is_asked_for(folder, capsys, protocol, sentence):
    capsys.readouterr()
    assert _audit(folder, "--protocol", protocol) == WRONG_REQUEST
    assert capsys.readouterr().err == f"idsbench: an audit of the protocol {sentence}\n"


def test_a_protocol_that_no_card_allows_leaves_out_the_split_and_says_so(folder, capsys):
    capsys.readouterr()
    assert _audit(folder, "--protocol", "cross-dataset[train=mqttset]") == OK
    assert capsys.readouterr().err == (
        "idsbench: the protocol 'cross-dataset[train=mqttset]' cannot split these data (the card "
        "of 'mqttset' maps nothing to the canonical flow schema); checks of the split are left "
        "out\n"
    )


def test_two_datasets_are_audited_in_the_flow_schema_that_they_share(real_data, capsys):
    protocol = "cross-dataset[train=iot23]"
    arguments = ["audit", "unsw-nb15", "--data-dir", str(real_data), "--protocol", protocol]
    capsys.readouterr()
    assert main([*arguments, "--format", "json"]) == OK
    said = capsys.readouterr()
    assert said.err == ""
    found = {row["check"] for row in json.loads(said.out)}
    assert {"duplicate-features", "one-column-shortcut"} <= found


def test_a_split_that_another_run_made_is_audited(folder, tmp_path, capsys):
    run = ["run", "--datasets", "iotid20", "--data-dir", str(folder), "--models", "dummy"]
    assert (
        main([*run, "--no-baselines", "--protocols", "grouped", "--results", str(tmp_path)]) == OK
    )
    (split,) = tmp_path.glob("**/split-*.json.gz")
    capsys.readouterr()
    frozen = _json(folder, capsys, "--protocol", f"frozen[manifest={split}]")
    assert "groups-on-two-sides" not in {row["check"] for row in frozen}
    assert "duplicates-across-split" in {row["check"] for row in frozen}
