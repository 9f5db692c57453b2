"""The commands `idsbench data add, fetch, list, verify` and `check-split`, as a user calls them."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from idsbench.cli import main
from idsbench.sources import SIDECAR


@pytest.fixture
def user(tmp_path, monkeypatch) -> Path:
    """Give the user's data folder, empty."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "idsbench"


@pytest.fixture
def generated(tmp_path, user) -> Path:
    path = tmp_path / "iotid20-mine.csv"
    assert main(["data", "synthesize", "iotid20", "--rows", "400", "--out", str(path)]) == 0
    return path


def _rows(capsys) -> list[dict]:
    return json.loads(capsys.readouterr().out)


def test_a_file_that_was_added_is_listed_verified_and_found_when_it_changes(
    generated, user, capsys
):
    assert main(["data", "add", str(generated), "--dataset", "iotid20"]) == 0
    there = user / "iotid20" / generated.name
    assert f"{there}\nstand-in, 400 rows in the layout '86 columns', " in capsys.readouterr().out
    assert main(["data", "list", "iotid20", "--format", "json"]) == 0
    (row,) = _rows(capsys)
    assert (row["variant"], row["rows"], row["files"]) == ("stand-in", 400, str(there))
    assert main(["data", "verify", "--format", "json"]) == 0
    (row,) = _rows(capsys)
    assert (row["dataset"], row["finding"]) == ("iotid20", "")
    with there.open("a", encoding="utf-8") as stream:
        stream.write(there.read_text(encoding="utf-8").splitlines()[1] + "\n")
    assert main(["data", "verify", "--format", "json"]) == 3
    (changed,) = _rows(capsys)
    assert changed["finding"] == (
        f"{there.name} changed since {row['first seen']}: it had sha256 {row['sha256']}"
    )


def test_a_stand_in_can_lose_its_sidecar_but_not_its_variant(generated, user, capsys):
    generated.with_name(generated.name + SIDECAR).unlink()
    assert main(["data", "add", str(generated), "--dataset", "iotid20", "--link"]) == 0
    assert "\nstand-in, 400 rows" in capsys.readouterr().out
    assert (user / "iotid20" / generated.name).is_symlink()


def test_every_dataset_is_listed_with_the_page_and_the_folder_where_it_is_absent(user, capsys):
    assert main(["data", "list", "--format", "json"]) == 0
    rows = {row["dataset"]: row for row in _rows(capsys)}
    assert {"iotid20", "mqttset"} <= set(rows)
    for name, row in rows.items():
        folder = user / name.replace("-", "_")
        assert re.fullmatch(rf"get it from \S.* and put it into {folder}", row["note"]), name


def test_nothing_to_verify_is_exit_4(user):
    assert main(["data", "verify"]) == 4


def test_the_data_folder_can_be_named(generated, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    arguments = ["data", "add", str(generated), "--dataset", "iotid20", "--data-dir", str(mine)]
    assert main(arguments) == 0
    assert (mine / "iotid20" / generated.name).is_file()
    assert main(arguments) == 0
    assert f"{mine / 'iotid20' / generated.name} was there already\n" in capsys.readouterr().out


def test_one_dataset_has_to_be_named(generated, capsys):
    assert main(["data", "add", str(generated), "--dataset", "*"]) == 2
    assert re.fullmatch(r"idsbench: '\*' names \d+ datasets: name one\n", capsys.readouterr().err)


def test_a_licence_that_was_not_accepted_is_shown_and_nothing_is_fetched(user, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))  # a pipe is nobody who reads it
    assert main(["data", "fetch", "mqttset"]) == 2
    shown = capsys.readouterr()
    assert "licence: CC BY-NC-SA 4.0" in shown.out
    assert shown.err == (
        "idsbench: the licence of 'mqttset' was not accepted: read it and add --accept-licence\n"
    )
    assert not user.exists()


def test_a_person_at_a_terminal_is_asked(user, capsys, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    for answer, said in (("no", "was not accepted"), ("Y", "needs the library kagglehub")):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert main(["data", "fetch", "mqttset"]) == 2
        assert said in capsys.readouterr().err


def test_fetching_offline_says_which_page_to_visit_and_which_folder_is_meant(user, capsys):
    address = "http://127.0.0.1:9/iotid20.csv"
    arguments = ["data", "fetch", "iotid20", "--accept-licence", "--from", address]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"idsbench: {address}: cannot be fetched (")
    assert said.endswith(
        "; or visit https://sites.google.com/view/iot-network-intrusion-dataset/ and put the files "
        f"into {user / 'iotid20'}\n"
    )


@pytest.fixture
def run(tmp_path, generated, capsys):
    """Run a dummy model on the generated file; give its one record and the results folder."""

    def work(name: str, *more: str) -> tuple[dict, Path]:
        capsys.readouterr()
        folder = tmp_path / name
        dataset = f"iotid20[file={generated}]"
        arguments = ["run", "--datasets", dataset, "--models", "one-rule", "--no-baselines"]
        main([*arguments, "--results", str(folder), "--format", "json", *more])
        (row,) = _rows(capsys)
        return json.loads((folder / f"{row['cell']}.json").read_text(encoding="utf-8")), folder

    return work


def test_a_run_leaves_its_split_beside_its_record_and_another_run_can_use_it(run, capsys):
    record, folder = run("first", "--seeds", "3")
    manifest = folder / record["rows"]["split"]
    resampled, _ = run("third", "--seeds", "3", "--samplers", "rus")
    assert resampled["rows"]["split"] == manifest.name  # of the rows before any resampling
    again, _ = run("second", "--split-manifest", str(manifest))
    assert again["status"] == "ok"
    assert again["protocol"] == f"frozen[split={manifest.name[6:22]}]"
    assert again["seed"] == 0
    for key in ("fpr", "recall", "auc_roc", "rows_test", "prevalence", "n_benign_groups"):
        assert again[key] == record[key], key
    assert again["rows"]["notes"] == ["the split was made by clean, seed 3"]


def test_a_split_of_other_rows_is_refused_in_one_sentence(run, generated, capsys):
    record, folder = run("first")
    manifest = folder / record["rows"]["split"]
    lines = generated.read_text(encoding="utf-8").splitlines(keepends=True)
    generated.write_text("".join(lines[:-1]), encoding="utf-8")
    refused, _ = run("second", "--split-manifest", str(manifest))
    assert refused["status"] == "failed"
    assert re.fullmatch(
        rf"prepare: the split {manifest.name[6:22]} was made of other rows: 0 of 399 rows of the "
        r"data are not in it, and 1 of its 400 rows are not in the data; it needs "
        rf"iotid20\[columns=behaviour\] from the file with sha256 {record['origin_sha256'][:16]}…",
        refused["reason"],
    )


def test_a_split_manifest_can_be_checked_alone_and_against_the_data(run, generated, user, capsys):
    record, folder = run("first")
    manifest = folder / record["rows"]["split"]
    main(["data", "add", str(generated), "--dataset", "iotid20"])
    capsys.readouterr()
    assert main(["data", "check-split", str(manifest)]) == 0
    assert capsys.readouterr().out == (
        f"{manifest.name}: 400 rows: 0 unused, {record['rows']['parts']['train']['rows']} train, "
        f"{record['rows']['parts']['valid']['rows']} valid, {record['rows_test']} test\n"
        "iotid20[columns=behaviour], 86 columns, task binary\n"
        f"by clean, seed 0; sha256 {record['origin_sha256']}\n"
        "every row of iotid20[stand-in] is in it, and no other\n"
    )
    renamed = manifest.with_name("split-0123456789abcdef.json.gz")
    manifest.rename(renamed)
    assert main(["data", "check-split", str(renamed)]) == 3
    assert capsys.readouterr().err == (
        f"idsbench: {renamed}: its content is not what its name says\n"
    )
