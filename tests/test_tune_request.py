"""A number of trials that is none, or a missing library, is said before anything runs."""

from __future__ import annotations

import importlib.util
import json

import pytest

from idsbench.cli import main
from idsbench.tune_request import tune_problems


@pytest.mark.parametrize("trials", [0, -1, 10_001])
def test_a_number_out_of_range_is_refused(trials):
    assert tune_problems(trials) == [f"--tune {trials}: expected a whole number from 1 to 10000"]


@pytest.mark.parametrize("trials", [None, 1, 10_000])
def test_what_can_be_done_is_no_problem(trials):
    assert tune_problems(trials) == []


def test_without_optuna_the_extra_is_named_and_an_untuned_run_needs_none(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert tune_problems(3) == ["--tune needs the library Optuna: pip install 'idsbench[tune]'"]
    assert tune_problems(None) == []


def test_it_is_said_together_with_what_else_is_wrong(capsys):
    assert main(["run", "--datasets", "iotid20", "--models", "logistik", "--tune", "0"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "idsbench: --tune 0: expected a whole number from 1 to 10000"
    assert second == "idsbench: unknown model 'logistik': did you mean logistic?"


def test_text_is_no_number_of_trials(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", "--datasets", "iotid20", "--tune", "many"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "idsbench: --tune many: expected a whole number; see `idsbench run --help`\n"
    )


def test_a_plan_names_what_will_be_tuned(capsys):
    selection = ["--datasets", "iotid20", "--models", "logistic,decision-tree[max_depth=3]"]
    assert main(["run", *selection, "--tune", "2", "--dry-run", "--format", "json"]) == 0
    models = {row["model"] for row in json.loads(capsys.readouterr().out)}
    assert models == {"logistic[tune=2]", "decision-tree[max_depth=3]", "dummy", "one-rule"}


def test_a_suite_takes_the_option_too(capsys):
    suite = ["mqttset-cnn", "--models", "cnn", "--protocols", "clean", "--seeds", "0"]
    assert main(["run", *suite, "--tune", "2", "--dry-run", "--format", "json"]) == 0
    models = {row["model"] for row in json.loads(capsys.readouterr().out)}
    # What the preset sets is not searched; the rest of the space is.
    assert "cnn[batch=64,epochs=6,max_rows=8000,tune=2]" in models
