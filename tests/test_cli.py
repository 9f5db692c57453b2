"""The command line ends with the exit code of the interface, and a mistake is one plain line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from idsbench import cli, commands
from idsbench.cli import main
from idsbench.errors import RunStopped
from idsbench.rowkeys import ROW_KEYS

HEAVY = ("numpy", "polars", "pandas", "sklearn", "imblearn", "torch", "tensorflow", "codecarbon")
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
def toys(faults, monkeypatch):
    """Let the commands see the misbehaving components."""
    monkeypatch.setattr(commands, "load_catalog", lambda *_: faults)


def _modules_after(*arguments: str) -> set[str]:
    code = (
        "import json, sys\n"
        "from idsbench.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_show_asks_targets_and_imports_no_framework():
    tops = {name.partition(".")[0] for name in _modules_after("show", "model/logistic")}
    assert tops & set(HEAVY) <= {"numpy"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list"], ["plugins"]])
def test_looking_around_imports_nothing_heavy(arguments):
    modules = _modules_after(*arguments)
    assert "idsbench.cli" in modules
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}


def test_help_imports_no_plugin():
    modules = _modules_after("--help")
    assert not {name for name in modules if name.startswith("idsbench_")}
    assert "idsbench.catalog" not in modules


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *(
            [name, "--help"]
            for name in ("run", "list", "show", "plugins", "data", "leaderboard", "gate")
        ),
    ],
)
def test_every_command_explains_itself(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: idsbench")
    assert "%%" not in out


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == "idsbench 0.1.0\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--datasets", "x", "--jobs", "many"]])
def test_a_command_line_that_cannot_be_parsed_ends_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.startswith("idsbench: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["run", "--tune", "abc"],
            "--tune abc: expected a whole number; see `idsbench run --help`",
        ),
        (
            ["run", "--memory-limit", "abc"],
            "--memory-limit abc: expected a number; see `idsbench run --help`",
        ),
        (
            ["history", "--last", "abc"],
            "--last abc: expected a whole number; see `idsbench history --help`",
        ),
    ],
)
def test_a_value_that_is_no_number_is_told_in_one_sentence(capsys, arguments, told):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err == f"idsbench: {told}\n"


def test_a_negative_limit_is_refused_as_one(capsys):
    assert main(["gate", "--baseline", "x", "--max-size-increase", "-5%"]) == 2
    told = "--max-size-increase is '-5%': a limit is not negative; write 5%"
    assert capsys.readouterr().err == f"idsbench: {told}\n"


def test_a_run_in_which_every_cell_is_ok_ends_with_0_and_prints_only_json(
    call, toys, tmp_path, faults
):
    code, out, err = call(*TOY, "--models", "faulty", "--results", tmp_path, "--format", "json")
    (row,) = json.loads(out)
    assert code == 0
    assert set(ROW_KEYS) <= set(row)
    assert (row["status"], row["dataset"]) == ("ok", "toy[stand-in]")
    assert err[0] == "1 cell"
    assert "# Leaderboard" in (tmp_path / "LEADERBOARD.md").read_text()


def test_a_run_with_a_failed_cell_ends_with_1_and_the_others_are_shown(call, toys, tmp_path):
    models = "faulty,faulty[fault=raise]"
    code, out, _ = call(*TOY, "--models", models, "--results", tmp_path, "--format", "json")
    assert code == 1
    assert sorted(row["status"] for row in json.loads(out)) == ["failed", "ok"]


def test_a_run_that_evaluated_nothing_ends_with_4(call, toys, tmp_path):
    arguments = (*TOY[:2], "toy[fault=skip]", *TOY[3:], "--models", "faulty")
    code, out, _ = call(*arguments, "--results", tmp_path, "--format", "json")
    assert code == 4
    assert [row["status"] for row in json.loads(out)] == ["skipped"]


def test_every_mistake_is_a_line_of_its_own_and_ends_with_2(call, toys, tmp_path):
    results = tmp_path / "r"
    code, out, err = call(*TOY, "--models", "faulti,dumy", "--seeds", "x", "--results", results)
    assert (code, out) == (2, "")
    assert err == [
        "idsbench: unknown model 'faulti': did you mean faulty?",
        "idsbench: unknown model 'dumy': did you mean dummy?",
        "idsbench: seeds 'x': expected whole numbers or ranges such as 0,1,5-9",
    ]
    assert not results.exists()


def test_options_out_of_range_and_unknown_names_are_said_together(call, toys, tmp_path):
    options = ("--models", "faulti", "--jobs", 0, "--threads", 0)
    code, out, err = call(*TOY, *options, "--results", tmp_path / "r")
    assert (code, out) == (2, "")
    assert err == [
        "idsbench: --jobs 0: expected a whole number from 1 to 1024",
        "idsbench: --threads 0: expected a whole number from 1 to 1024",
        "idsbench: unknown model 'faulti': did you mean faulty?",
    ]


def test_options_out_of_range_are_all_said(call, toys, tmp_path):
    options = ("--jobs", 0, "--timeout", -1, "--memory-limit", "nan", "--retry", "ok,faild")
    code, out, err = call(*TOY, *options, "--results", tmp_path / "r")
    assert (code, out) == (2, "")
    assert err == [
        "idsbench: --jobs 0: expected a whole number from 1 to 1024",
        "idsbench: --timeout -1: expected a number above 0",
        "idsbench: --memory-limit nan: expected a number above 0",
        "idsbench: --retry faild: did you mean failed?",
    ]
    assert not (tmp_path / "r").exists()


def test_a_results_folder_that_cannot_be_written_is_a_mistake_before_anything_runs(
    call, toys, tmp_path
):
    place = tmp_path / "file"
    place.write_text("")
    code, out, err = call(*TOY, "--models", "faulty", "--results", place)
    assert (code, out) == (2, "")
    assert err == [
        f"idsbench: the results folder {place.resolve()} cannot be written (File exists): "
        "name another with --results"
    ]


def test_debug_shows_the_traceback_of_a_mistake(toys):
    with pytest.raises(Exception, match="unknown kind 'things'"):
        main(["--debug", "list", "things"])


@pytest.mark.parametrize(
    ("error", "code", "err"),
    [
        (
            KeyboardInterrupt(),
            130,
            ["", "interrupted: the same command again goes on from here"],
        ),
        (RunStopped("the disk is full"), 130, ["idsbench: the disk is full"]),
    ],
)
def test_a_run_that_was_stopped_ends_with_130(call, monkeypatch, error, code, err):
    def stop(_):
        raise error

    monkeypatch.setattr(commands, "list_command", stop)
    assert call("list") == (code, "", err)


def test_a_request_to_end_is_an_interrupt(call, monkeypatch):
    monkeypatch.setattr(
        commands, "list_command", lambda _: os.kill(os.getpid(), signal.SIGTERM) or 0
    )
    assert call("list")[0] == 130


def test_a_reader_that_leaves_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "idsbench.cli", "list", "--format", "json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_installed_command_runs_a_real_plugin_on_its_stand_in(tmp_path):
    results, made = tmp_path / "r", tmp_path / "made.csv"

    def idsbench(*arguments: object) -> str:
        command = [str(Path(sys.executable).with_name("idsbench")), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    idsbench("data", "synthesize", "mqttset", "--rows", 3000, "--out", made)
    selection = ("--datasets", f"mqttset[file={made}]", "--models", "logistic", "--no-baselines")
    (row,) = json.loads(idsbench("run", *selection, "--results", results, "--format", "json"))
    assert (row["dataset"], row["variant"]) == ("mqttset[stand-in]", "stand-in")
    assert row["rows_train"] + row["rows_test"] < 3000
    assert 0 <= row["fpr"] <= 1
    ranked = idsbench("leaderboard", "--results", results, "--format", "json")
    assert json.loads(ranked) == [row]


def test_exit_codes_are_those_of_the_interface():
    codes = (cli.OK, cli.SOME_FAILED, cli.WRONG_REQUEST, cli.FINDING, cli.NOTHING)
    assert (*codes, cli.INTERRUPTED) == (0, 1, 2, 3, 4, 130)


def test_doctor_names_programs_that_are_missing_and_what_installs_them(capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert main(["doctor", "--format", "json"]) == 0
    found = {row["what"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["gcc"]["state"].startswith("missing: ")
    assert found["valgrind"]["advice"] == "apt-get install valgrind"
    assert found["ssh"]["advice"] == "apt-get install openssh-client"
