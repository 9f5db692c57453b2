"""Each command prints what it was asked for on standard output and nothing else there."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import signal
from pathlib import Path

import pytest

from idsbench import commands, store
from idsbench.catalog import Catalog, load_catalog
from idsbench.cli import main
from idsbench.commands import exit_code
from idsbench.rowkeys import ROW_KEYS
from idsbench.values import Component, Parameter, Plugin

TOY = ("run", "--datasets", "toy", "--no-baselines")


@pytest.fixture(autouse=True)
def _signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def call(capsys):
    """Run a command; give its exit code, standard output and the lines of standard error."""

    def run(*arguments: object) -> tuple[int, str, list[str]]:
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


@pytest.fixture
def see(monkeypatch):
    """Let the commands see another catalog."""
    return lambda catalog: monkeypatch.setattr(commands, "load_catalog", lambda *_: catalog)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["ok"], 0),
        (["ok", "skipped"], 0),
        (["skipped"], 4),
        ([], 4),
        (["ok", "failed"], 1),
        (["ok", "timeout"], 1),
        (["oom"], 1),
        (["crashed", "skipped"], 1),
        (["ok", "invalid"], 1),
        (["ok", "not-installed"], 1),
    ],
)
def test_statuses_give_the_exit_code(statuses, code):
    assert exit_code([{"status": status} for status in statuses]) == code


def test_a_dry_run_shows_the_plan_and_runs_nothing(call, see, faults, tmp_path):
    see(faults)
    results = tmp_path / "r"
    arguments = (*TOY, "--models", "faulty,logistic", "--featurizers", "image,table")
    code, out, err = call(*arguments, "--results", results, "--dry-run", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, [])
    assert [(row["model"], row["featurizer"], row["state"]) for row in rows] == [
        ("faulty", "image", "skip"),
        ("faulty", "table", "run"),
        ("logistic", "image", "skip"),
        ("logistic", "table", "run"),
    ]
    assert (
        rows[0]["reason"] == "the model 'faulty' takes rows and the featurizer 'image' gives images"
    )
    assert not results.exists()


def test_a_dry_run_tells_what_stands_and_what_lacks_a_library(call, see, faults, tmp_path):
    needy = Component("model", "needy", "s", "idsbench_faults:Faulty", preload=("not_there",))
    see(Catalog((*faults.plugins, Plugin("extra", "1", "e", "m", (needy,)))))
    call(*TOY, "--models", "faulty", "--results", tmp_path)
    arguments = (*TOY, "--models", "faulty,faulty[max_rows=99],needy", "--results", tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())

    def states(*more: str) -> list[str]:
        return [row["state"] for row in json.loads(call(*arguments, "--dry-run", *more)[1])]

    assert states("--format", "json") == ["finished", "run", "missing library"]
    assert states("--format", "json", "--fresh") == ["run", "run", "missing library"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_damaged_record_of_another_run_does_not_hide_this_one(call, see, faults, tmp_path):
    see(faults)
    (tmp_path / "0123456789abcdef.json").write_text("{")
    code, out, _ = call(*TOY, "--models", "faulty", "--results", tmp_path, "--format", "json")
    assert code == 0
    assert len(json.loads(out)) == 1


def test_everything_installed_is_listed_with_where_it_comes_from(call):
    code, out, err = call("list", "--format", "json")
    assert (code, err) == (0, [])
    catalog = load_catalog()
    rows = json.loads(out)
    assert {(row["kind"], row["name"], row["from"]) for row in rows} == {
        (component.kind, component.name, plugin.distribution)
        for plugin in catalog.plugins
        for component in plugin.components
    }


@pytest.mark.parametrize("kind", ["models", "model"])
def test_one_kind_is_listed_alone(call, kind):
    rows = json.loads(call("list", kind, "--format", "json")[1])
    names = [row["name"] for row in rows]
    assert {row["kind"] for row in rows} == {"model"}
    assert names == sorted(names)
    assert {"dummy", "logistic"} <= set(names)


@pytest.mark.parametrize("words", [("list",), ("plugins",), ("show", "model/logistic")])
def test_a_terminal_of_80_columns_is_wide_enough_and_no_word_is_lost(call, monkeypatch, words):
    monkeypatch.delenv("COLUMNS", raising=False)
    whole = call(*words)[1]
    monkeypatch.setenv("COLUMNS", "80")
    code, narrow, _ = call(*words)
    assert code == 0
    assert max(map(len, whole.splitlines())) > 80 >= max(map(len, narrow.splitlines()))
    below_the_header = whole.split("\n", 1)[1]
    assert set(re.findall(r"\w+", below_the_header)) <= set(re.findall(r"\w+", narrow))


def test_an_unknown_kind_is_answered_with_the_nearest(call):
    assert call("list", "modles") == (
        2,
        "",
        ["idsbench: unknown kind 'modles': did you mean models?"],
    )


def _broken() -> Catalog:
    error = "ImportError: no module named x"
    return Catalog((*load_catalog().plugins, Plugin("bad", "3", "e", "bad_module", error=error)))


def test_a_broken_plugin_is_said_and_the_others_are_listed(call, see):
    see(_broken())
    code, out, err = call("list", "targets", "--format", "csv")
    assert code == 0
    assert next(csv.DictReader(io.StringIO(out)))["name"] == "cpu"
    assert err == ["idsbench: the plugin bad 3 is left out: ImportError: no module named x"]


def test_plugins_are_listed_the_broken_ones_with_their_error(call, see):
    see(_broken())
    code, out, err = call("plugins", "--format", "json")
    rows = {row["distribution"]: row for row in json.loads(out)}
    assert (code, err) == (0, [])
    assert rows["bad"] == {
        "distribution": "bad",
        "version": "3",
        "module": "bad_module",
        "components": "",
        "error": "ImportError: no module named x",
    }
    assert "model/dummy" in rows["idsbench"]["components"].split(", ")
    assert all(row["error"] == "" for name, row in rows.items() if name != "bad")


def test_a_clash_of_names_is_an_error_of_list_and_a_remark_of_plugins(call, see, faults):
    twin = Component("target", "cpu", "s", "m:T")
    see(Catalog((*load_catalog().plugins, Plugin("twin", "1", "e", "m", (twin,)))))
    sentence = (
        "idsbench: the target 'cpu' is offered by idsbench and by twin: "
        "uninstall one of them or hide it with --block-plugin"
    )
    code, _, err = call("list", "targets")
    assert (code, err) == (2, [sentence])
    code, _, err = call("plugins")
    assert (code, err) == (0, [sentence])


def test_only_the_plugins_that_are_wanted_are_loaded(call):
    rows = json.loads(call("--only-plugins", "idsbench-sklearn", "plugins", "--format", "json")[1])
    assert [row["distribution"] for row in rows] == ["idsbench", "idsbench-sklearn"]
    rows = json.loads(
        call("--block-plugin", "idsbench-sklearn, x", "plugins", "--format", "json")[1]
    )
    names = [row["distribution"] for row in rows]
    assert "idsbench-sklearn" not in names
    assert "idsbench-mqttset" in names


def test_a_model_is_explained_with_its_parameters(call, see, faults):
    number = Parameter("k", int, 3, "how many", minimum=1, maximum=9, optional=True)
    word = Parameter("mode", str, "a", choices=("a", "b"))
    component = Component("model", "shown", "What it is", "m:S", (number, word))
    see(Catalog((Plugin("extra", "7", "e", "m", (component,)),)))
    code, out, err = call("show", "model/shown")
    assert (code, err) == (0, [])
    assert out.splitlines() == [
        "model/shown: What it is",
        "from extra 7, m:S",
        "parameters:",
        "  k=3  int >= 1 <= 9 or none  how many",
        "  mode=a  a|b",
    ]


def test_a_model_is_explained_with_what_it_takes(call):
    lines = call("show", "model/logistic")[1].splitlines()
    assert "takes tables; preferred featurizer table; tasks binary, category, subcategory" in lines
    assert "--tune searches c=0.001..1000 log" in lines
    assert not any("killed" in line for line in lines)


def test_a_model_says_whether_its_training_goes_on_and_that_it_cannot_be_tuned(call):
    assert "a killed training goes on at its epoch" in call("show", "model/cnn")[1].splitlines()
    assert "--tune searches nothing" in call("show", "model/dummy")[1].splitlines()


def test_a_protocol_is_explained_with_what_it_claims(call):
    assert call("show", "protocol/paper-whole")[1].splitlines()[2:] == [
        "claims: What the papers print; test rows are resampled and share parents with "
        "training rows, so it claims nothing about new traffic.",
        "scaling is fitted on the table rows; the sampler sees the table rows",
        "no parameters",
    ]


@pytest.mark.parametrize("name", ["iotid20", "mqttset"])
def test_a_dataset_is_explained_with_its_card(call, name):
    code, out, _ = call("show", f"dataset/{name}")
    assert code == 0
    for start in (
        "benign: ",
        "layouts: ",
        "licence: ",
        "cite: ",
        "home: https://",
        "known issue: ",
    ):
        assert any(line.startswith(start) and len(line) > len(start) for line in out.splitlines())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "dummy",
            "'dummy' names no component: write KIND/NAME, with a kind of dataset, protocol, "
            "sampler, featurizer, model, target, executor",
        ),
        ("model/dumy", "unknown model 'dumy': did you mean dummy?"),
    ],
)
def test_what_is_no_component_is_said(call, text, problem):
    assert call("show", text) == (2, "", [f"idsbench: {problem}"])


def test_a_stand_in_is_written_with_its_sidecar(call, tmp_path):
    out_file = tmp_path / "made.csv"
    arguments = ("data", "synthesize", "iotid20", "--rows", 300, "--seed", 5, "--out", out_file)
    code, out, err = call(*arguments)
    assert (code, err) == (0, [])
    assert out.splitlines() == [
        f"{out_file}: 300 generated rows; stand-in, never a real capture",
        f"{out_file}.stand-in.json: says so wherever the two are put",
    ]
    assert len(out_file.read_text().splitlines()) == 301
    sidecar = json.loads(Path(f"{out_file}.stand-in.json").read_text())
    assert (sidecar["dataset"], sidecar["rows"], sidecar["seed"]) == ("iotid20", 300, 5)
    first = hashlib.sha256(out_file.read_bytes()).hexdigest()
    assert sidecar["sha256"] == first
    call(*arguments)
    assert hashlib.sha256(out_file.read_bytes()).hexdigest() == first


def test_all_mistakes_of_a_stand_in_are_said_and_nothing_is_written(call, tmp_path):
    out_file = tmp_path / "gone" / "made.csv"
    code, out, err = call(
        "data", "synthesize", "iotid20", "--rows", 99, "--seed", -1, "--out", out_file
    )
    assert (code, out) == (2, "")
    assert err == [
        "idsbench: --rows 99: a stand-in has at least 100 rows",
        "idsbench: --seed -1: expected a whole number of at least 0",
        f"idsbench: --out {out_file}: expected a file in a folder that exists",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_stand_in_is_of_one_dataset(call, tmp_path):
    code, out, err = call("data", "synthesize", "*", "--out", tmp_path / "x.csv")
    assert (code, out) == (2, "")
    count = len(load_catalog().components("dataset"))
    assert err == [f"idsbench: '*' names {count} datasets: name one"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["mqtset"])
def test_a_stand_in_of_an_unknown_dataset_is_answered_with_the_nearest(call, tmp_path, text):
    assert call("data", "synthesize", text, "--out", tmp_path / "x.csv") == (
        2,
        "",
        ["idsbench: unknown dataset 'mqtset': did you mean mqttset?"],
    )


def test_a_stand_in_that_the_disk_refuses_is_said(call, tmp_path):
    (tmp_path / "x.csv.stand-in.json").mkdir()
    code, out, err = call(
        "data", "synthesize", "mqttset", "--rows", 100, "--out", tmp_path / "x.csv"
    )
    assert (code, out) == (2, "")
    assert err == [f"idsbench: --out {tmp_path / 'x.csv'}: cannot be written (Is a directory)"]


TEXTS = (
    *("cell", "identity", "fingerprint", "dataset", "origin_sha256", "row_unit", "protocol"),
    *("sampler", "featurizer", "target", "idsbench_version", "machine"),
)


def _record(cell: str, **fields) -> dict:
    row = {key: "x" if key in TEXTS else None for key in ROW_KEYS}
    row.update(cell=cell, identity=cell, status="ok", reason="", flags=[], plugin_versions={})
    return {
        **row,
        "variant": "full",
        "task": "binary",
        "seed": 0,
        "energy_method": "none",
        **fields,
    }


def test_records_are_ranked_without_any_plugin(call, tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("the leaderboard asked for plugins")

    monkeypatch.setattr(commands, "load_catalog", refuse)
    for number, model in enumerate(("worse", "better")):
        score = {"model": model, "tpr_at_fpr_1pct": number / 2, "auc_roc": 0.5}
        store.write_record(tmp_path, _record(f"{number:016x}", **score))
    code, out, err = call("leaderboard", "--results", tmp_path, "--format", "json")
    assert (code, err) == (0, [])
    assert [row["model"] for row in json.loads(out)] == ["better", "worse"]
    code, out, _ = call(
        "leaderboard", "--results", tmp_path, "--where", "model=worse", "--format", "json"
    )
    assert [row["model"] for row in json.loads(out)] == ["worse"]


def test_an_edited_record_is_marked_and_stands_below_all_others(call, tmp_path):
    for cell, share in (("a" * 16, 0.5), ("b" * 16, 0.25)):
        store.write_record(tmp_path, _record(cell, model=cell[0], tpr_at_fpr_1pct=share))
    path = tmp_path / f"{'b' * 16}.json"
    path.write_text(path.read_text().replace("0.25", "0.99"))
    _, out, _ = call("leaderboard", "--results", tmp_path, "--format", "json")
    assert [(row["model"], row["flags"]) for row in json.loads(out)] == [
        ("a", []),
        ("b", ["edited"]),
    ]
    told = "the record was changed after its run wrote it: delete it and run the cell again"
    out = call("leaderboard", "--results", tmp_path)[1]
    assert f"  edited: b, x, x, x, seed 0: {told}" in out.splitlines()
    assert list(store.read_finished(tmp_path)["b" * 16]["flags"]) == ["edited"]


def test_a_record_that_was_only_laid_out_anew_is_not_edited(call, tmp_path):
    store.write_record(tmp_path, _record("a" * 16, model="m", fpr=1e-7, reason='ä " \\u00e4'))
    path = tmp_path / f"{'a' * 16}.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    code, out, err = call("leaderboard", "--results", tmp_path, "--format", "json")
    assert (code, err) == (0, [])
    assert json.loads(out)[0]["flags"] == []


def test_a_filter_that_leaves_nothing_ends_with_4(call, tmp_path):
    store.write_record(tmp_path, _record("a" * 16, model="cnn"))
    board = ("leaderboard", "--results", tmp_path, "--where", "model=foo")
    told = [f"idsbench: no record in {tmp_path} has model=foo"]
    assert call(*board, "--format", "json") == (4, "[]\n", told)


def test_an_empty_results_folder_is_an_empty_list_for_programs(call, tmp_path):
    told = [f"idsbench: no records in {tmp_path}"]
    assert call("leaderboard", "--results", tmp_path, "--format", "json") == (4, "[]\n", told)


def test_an_empty_results_folder_ends_with_4(call, tmp_path):
    assert call("leaderboard", "--results", tmp_path) == (
        4,
        "",
        [f"idsbench: no records in {tmp_path}"],
    )


def test_a_missing_results_folder_ends_with_2(call, tmp_path):
    folder = tmp_path / "gone"
    assert call("leaderboard", "--results", folder) == (
        2,
        "",
        [f"idsbench: there is no results folder {folder}: run something first, or name one"],
    )


def test_a_damaged_record_is_named_by_the_leaderboard(call, tmp_path):
    path = tmp_path / "0123456789abcdef.json"
    path.write_text("[]")
    assert call("leaderboard", "--results", tmp_path) == (
        2,
        "",
        [f"idsbench: {path}: not a record of the cell that it is named after: delete it"],
    )
