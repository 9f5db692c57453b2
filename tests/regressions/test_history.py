"""Histories over kept runs and over commits: every cell, its steps, people's notes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from idsbench import history, history_text
from idsbench.cli import main
from idsbench.compare_names import names_of
from idsbench.errors import RequestError, StoreError

LEVELS = [0.01] * 5 + [0.02] * 5


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def runs(results, detector) -> list[str]:
    names = [f"run-{index}" for index in range(len(LEVELS))]
    for index, (name, fpr) in enumerate(zip(names, LEVELS, strict=True)):
        folder = results(f"of-{name}", detector(fpr=fpr, luck=index), range(2))
        assert main(["history", "--add", str(folder), "--run", name]) == 0
    return names


def test_a_step_is_named_by_the_runs_that_it_lies_between(runs, capsys):
    capsys.readouterr()
    assert main(["history"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == ("All cells: dataset toy, protocol clean, featurizer table.")
    assert shown.splitlines()[2].split() == ["cell", "runs", "first", "last", "fpr"]
    (line,) = [line for line in shown.splitlines() if line.startswith("- ")]
    assert line.startswith("- cnn: fpr +")
    assert line.endswith(" between run-4 and run-5")


def test_json_has_a_row_for_each_run(runs, capsys):
    capsys.readouterr()
    assert main(["history", "--format", "json", "--last", "7"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["run"] for row in rows] == runs[3:]
    assert {row["seeds"] for row in rows} == {2}


def test_notes_are_files_of_their_own_and_are_shown(runs, capsys):
    main(["history", "--run", "run-5", "--note", "new \x1b[31mloss"])
    main(["history", "--run", "run-2", "--note", "nothing"])
    assert len(list(Path("results/history/.notes").glob("*.json"))) == 2
    capsys.readouterr()
    main(["history"])
    shown = capsys.readouterr().out
    assert "- run-5: new loss\n" in shown
    assert "- run-2: nothing\n" in shown


def test_a_note_that_is_none_is_named():
    path = Path("results/history/.notes/x.json")
    path.parent.mkdir(parents=True)
    path.write_text("[]")
    with pytest.raises(StoreError) as caught:
        history.notes()
    assert str(caught.value) == f"{path}: is no note on a run: delete it"


@pytest.mark.parametrize("noted", ["0123456", "0123456789ab", "0123456789abcdef"])
def test_a_note_on_a_commit_is_found_by_a_shorter_and_a_longer_hash(noted):
    runs = [history.Run("0123456789ab", ()), history.Run("fedcba987654", ())]
    assert history.notes_on(runs, {noted: ["here"]}) == {"0123456789ab": ["here"]}


@pytest.mark.parametrize("noted", ["01234", "run-1", "1123456"])
def test_a_note_on_another_run_keeps_its_name(noted):
    runs = [history.Run("0123456789ab", ()), history.Run("run-12345", ())]
    assert history.notes_on(runs, {noted: ["here"]}) == {noted: ["here"]}


def test_a_figure_shows_runs_steps_and_notes(runs):
    main(["history", "--run", "run-8", "--note", "new <loss> \x1b[31mat last, with more words"])
    assert main(["history", "--plot", "history.svg"]) == 0
    root = ElementTree.fromstring(Path("history.svg").read_text())
    texts = [one.text for one in root.findall("{http://www.w3.org/2000/svg}text")]
    assert {"cnn: fpr", "run-0", "run-9", "new <loss> at last, with mo…"} <= set(texts)
    assert any(text.startswith("+") and text.endswith(" %") for text in texts if text)


def test_a_figure_is_whole_svg(runs):
    assert main(["history", "--plot", "history.svg"]) == 0
    root = ElementTree.fromstring(Path("history.svg").read_text())
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == len(LEVELS)
    assert sum(circle.get("fill") == "#c0392b" for circle in circles) == 1


def test_the_commits_of_a_folder_are_a_history(results, detector, tmp_path, capsys):
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    for index, fpr in enumerate(LEVELS):
        results("ci", detector(fpr=fpr, luck=index), range(2))
        git("add", "ci")
        git("commit", "-q", "-m", f"commit {index}")
    (one,) = history.series(history.runs_of_git(Path("ci"), 100), "fpr")
    assert len(one.points) == len(LEVELS)
    assert [step.after for step in one.steps] == [5]
    assert main(["history", "--git", "ci", "--metric", "recall"]) == 0
    assert "no step" in capsys.readouterr().out
    assert main(["history", "--git", "elsewhere"]) == 2
    assert capsys.readouterr().err == (
        "idsbench: no commit here has records in elsewhere: name the folder of committed ones\n"
    )


def test_an_unknown_metric_is_refused():
    with pytest.raises(RequestError) as caught:
        history.metric_of("latency")
    assert str(caught.value).startswith("--metric latency is unknown; ")


def test_an_empty_history_is_nothing(capsys):
    assert main(["history"]) == 4
    assert capsys.readouterr().out == (
        "no run in results/history has fpr: add one with --add RESULTS --run NAME\n"
    )
    assert main(["history", "--add", "x"]) == 2
    assert main(["history", "--note", "x"]) == 2


def test_a_fall_of_a_score_is_told_by_what_it_gets_wrong():
    step = history.Step(1, 1.0, 0.001)
    points = tuple(history.Point(run, value, 1, 0.0) for run, value in (("a", 0.9), ("b", 0.8)))
    said = history_text.sentences([history.Series("cell", "recall", points, (step,))], names_of([]))
    assert said == ["cell: recall share of wrong rows by +100 % between a and b"]


@pytest.mark.parametrize("last", ["0", "-1"])
def test_fewer_than_one_run_cannot_be_shown(tmp_path, capsys, last):
    assert main(["history", "--folder", str(tmp_path), "--last", last]) == 2
    assert capsys.readouterr().err == (
        f"idsbench: --last {last}: expected a whole number of at least 1\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ["--plot", "gone/p.svg"],
            "--plot gone/p.svg: its folder does not exist: make it, or name another",
        ),
        (["--plot", "p.png"], "--plot p.png: the figure is SVG: name a file that ends in .svg"),
        (
            ["--git", "a", "--folder", "b"],
            "--git and --folder are two places to read runs from: give one of the two",
        ),
        (
            ["--run", "zz", "--note", "x", "--folder", "b"],
            "--run zz: no such run, and no hash of a commit; b has none: add one with --add",
        ),
    ],
)
def test_what_history_cannot_do_is_refused(tmp_path, monkeypatch, capsys, options, told):
    monkeypatch.chdir(tmp_path)
    assert main(["history", *options]) == 2
    assert capsys.readouterr().err == f"idsbench: {told}\n"
