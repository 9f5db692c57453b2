"""A suite is run, listed and shown by its name; measured scores stand beside published ones."""

from __future__ import annotations

import json

import pytest

from idsbench import commands
from idsbench.cli import main
from idsbench.suite import shipped

SUITE = """
name = "mine"
question = "Does it?"
datasets = "toy"
models = "faulty"
claims = ["paper-c/balanced"]
seeds = "0-1"
[[cells]]
protocols = ["clean", "grouped"]
[preset.quick]
seeds = 0
"""


@pytest.fixture
def suite(tmp_path):
    """Write a suite."""

    def write(text: str = SUITE) -> str:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def call(capsys, tmp_path, monkeypatch, faults):
    """Run a command with the misbehaving components in the catalog."""
    monkeypatch.setattr(commands, "load_catalog", lambda *_: faults)

    def run(*arguments: object) -> tuple[int, str, list[str]]:
        code = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err.splitlines()

    return run


def _planned(out: str) -> list[tuple[str, int]]:
    return [(row["protocol"], row["seed"]) for row in json.loads(out)]


def test_a_suite_is_planned_with_its_quick_preset(call, suite):
    code, out, _ = call("run", suite(), "--dry-run", "--format", "json")
    assert (code, _planned(out)) == (0, [("clean", 0), ("grouped", 0)])


def test_options_replace_and_restrict(call, suite):
    options = ("--seeds", "4-5", "--protocols", "clean")
    code, out, _ = call("run", suite(), *options, "--dry-run", "--format", "json")
    assert (code, _planned(out)) == (0, [("clean", 4), ("clean", 5)])


def test_a_suite_runs_like_any_selection(call, suite, tmp_path):
    arguments = ("run", suite(), "--results", tmp_path / "r", "--protocols", "clean")
    code, out, _ = call(*arguments, "--format", "json")
    (row,) = json.loads(out)
    assert (code, row["status"], row["protocol"]) == (0, "ok", "clean")
    assert (tmp_path / "r" / f"{row['cell']}.json").is_file()
    again = call(*arguments, "--format", "json")
    assert json.loads(again[1]) == [row]


WRONG = {
    "no such preset": (("--preset", "papr"), "--preset papr: mine: did you mean paper?"),
    "a manifest": (
        ("--split-manifest", "m"),
        "--split-manifest cannot be given with a suite: it splits every cell",
    ),
    "models that it lacks": (
        ("--models", "cnn"),
        "--models cnn: mine has no such cells; there are: faulty",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_option_that_does_not_fit_ends_with_2_before_anything_runs(call, suite, tmp_path, case):
    options, sentence = WRONG[case]
    text = SUITE + "[preset.paper]\n"
    code, out, err = call("run", suite(text), *options, "--results", tmp_path / "r")
    assert (code, out, err) == (2, "", [f"idsbench: {sentence}"])
    assert not (tmp_path / "r").exists()


def test_a_published_row_that_does_not_exist_is_told_with_the_nearest(call, suite):
    code, _, err = call("run", suite(SUITE.replace("c/balanced", "c/balancd")))
    assert code == 2
    assert err == [
        "idsbench: mine: claims: there is no published row 'paper-c/balancd': "
        "did you mean paper-c/balanced or paper-c/imbalanced or paper-m/balanced?"
    ]


def test_a_wrong_suite_ends_with_2_and_names_all_its_mistakes(call, suite):
    path = suite(SUITE.replace("seeds", "seed").replace("Does it?", ""))
    code, out, err = call("run", path)
    assert (code, out) == (2, "")
    assert err == [
        f"idsbench: {path}: {problem}"
        for problem in (
            "question is empty: say what the cells answer",
            "[preset.quick]: unknown key 'seed': did you mean seeds?",
            "unknown key 'seed': did you mean seeds?",
        )
    ]


def test_neither_a_suite_nor_datasets_is_a_wrong_request(call):
    assert call("run") == (
        2,
        "",
        ["idsbench: name a suite, or the datasets with --datasets NAMES"],
    )


def test_a_preset_without_a_suite_is_a_wrong_request(call):
    assert call("run", "--datasets", "toy", "--preset", "quick") == (
        2,
        "",
        ["idsbench: --preset quick: only a suite has presets; name one"],
    )


def test_the_suites_are_listed_with_their_presets(call):
    code, out, _ = call("list", "suites", "--format", "json")
    assert code == 0
    listed = {row["name"]: row["presets"].split(", ")[:2] for row in json.loads(out)}
    assert listed == {suite.name: ["quick", "paper"] for suite in shipped()}


def test_a_suite_is_shown_with_its_question_cells_and_presets(call, suite):
    code, out, _ = call("show", f"suite/{suite()}")
    assert code == 0
    assert out.splitlines() == [
        "suite/mine: Does it?",
        "question: Does it?",
        "cells '1':",
        "  datasets: toy",
        "  protocols: clean, grouped",
        "  models: faulty",
        "  seeds: 0-1",
        "preset quick:",
        "  seeds: 0",
        "baselines: no",
        "published rows: paper-c/balanced",
    ]
