"""`--meter`, `--budget`, `--pareto`, `--board` and `--cost` from the command line to the record."""

from __future__ import annotations

import json
import sys

import pytest

from idsbench.cli import main


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Run one quick model under three meters that give nothing, each in its own folder."""
    base = tmp_path_factory.mktemp("metered")
    count = base / "count.txt"
    count.write_text("100")
    backwards = base / "backwards.py"
    backwards.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "joules = int(file.read_text()) - 1\n"
        "file.write_text(str(joules))\n"
        "print(joules)\n"
    )
    (base / "text.txt").write_text("lots")
    meters = {
        "backwards": f"{sys.executable} -S {backwards} {count}",
        "text": str(base / "text.txt"),
        "none": "none",
    }
    for name, meter in meters.items():
        run = ["run", "--datasets", "iotid20", "--models", "one-rule", "--no-baselines", "--fresh"]
        code = main([*run, "--meter", meter, "--results", str(base / name), "--format", "json"])
        assert code == 0
    return base


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("backwards", "the command {python} went backwards, from 99 to 98 J"),
        ("text", "the file text.txt gave 'lots', not a number of joules"),
        ("none", "no meter was asked for (--meter none)"),
    ],
)
def test_a_meter_that_gives_no_energy_is_a_reason_in_an_ok_record(results, name, reason):
    (path,) = (one for one in (results / name).glob("*.json") if one.stem != "plan")
    record = json.loads(path.read_text())
    assert record["status"] == "ok"
    assert (record["energy_uj_per_row"], record["train_energy_j"]) == (None, None)
    told = record["unmeasured"]
    assert told["train_energy_j"] == reason.format(python=sys.executable.rpartition("/")[2])
    assert told["energy_uj_per_row"].startswith(told["train_energy_j"].partition(", from")[0])


def test_a_meter_that_gives_no_energy_is_told_behind_the_table(results, capsys):
    run = ["run", "--datasets", "iotid20", "--models", "one-rule", "--no-baselines"]
    meter = str(results / "text.txt")
    assert main([*run, "--meter", meter, "--results", str(results / "text")]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        "idsbench: --meter gave no energy in 1 of 1 cell: "
        "the file text.txt gave 'lots', not a number of joules"
    )


def test_budget_front_and_board_are_in_the_json(results, capsys):
    board = ["leaderboard", "--results", str(results / "none"), "--format", "json"]
    assert main([*board, "--budget", "size_bytes=1", "--board", "raspberry-pi-pico"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["within_budget"], row["over_budget"]) == (False, ["size_bytes"])
    assert (row["pareto"], row["board"], row["fits_board"]) == (True, "raspberry-pi-pico", False)
    assert main([*board, "--pareto"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["pareto"] is True
    assert "within_budget" not in row


def test_the_cost_row_is_shown_when_asked_for(results, capsys):
    board = ["leaderboard", "--results", str(results / "none")]
    for options, shown in (([], False), (["--cost"], True)):
        assert main([*board, *options]) == 0
        assert ("rows/s (batch)" in capsys.readouterr().out) is shown


def test_a_run_shows_its_budget(results, capsys):
    run = ["run", "--datasets", "iotid20", "--models", "one-rule", "--no-baselines"]
    run += ["--results", str(results / "none"), "--budget", "size_bytes=1"]
    assert main(run) == 0
    assert "over: size_bytes" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["run", "--datasets", "iotid20"], ["leaderboard"]])
def test_a_wrong_budget_is_told_before_anything_runs(command, capsys, tmp_path):
    options = ["--budget", "size_byte=5,fpr=-1,recall=high", "--results", str(tmp_path)]
    assert main([*command, *options]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "idsbench: --budget size_byte: no such score; did you mean size_bytes or code_bytes?",
        "idsbench: --budget fpr=-1: expected a number of at least 0",
        "idsbench: --budget recall=high: expected a number of at least 0",
    ]
    assert not list(tmp_path.iterdir())


def test_a_wrong_meter_is_told_with_other_mistakes(capsys, tmp_path):
    options = ["--meter", "rapel", "--jobs", "0", "--results", str(tmp_path)]
    assert main(["run", "--datasets", "iotid20", *options]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "idsbench: --jobs 0: expected a whole number from 1 to 1024",
        "idsbench: --meter rapel: there is no such file or command; did you mean rapl?",
    ]


def test_an_unknown_board_is_told(capsys, tmp_path):
    assert main(["leaderboard", "--results", str(tmp_path), "--board", "esp32"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("idsbench: --board esp32: no such board; ")
