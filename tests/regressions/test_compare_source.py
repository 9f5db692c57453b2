"""Sides are read from folders, named baselines and git; nothing is checked out, links are not followed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from idsbench.cli import main
from idsbench.compare_source import opened
from idsbench.errors import StoreError


class Repository:
    """A git repository of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "someone@example.org")
        self.git("config", "user.name", "Someone")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, folder: Path, path: str, message: str = "results") -> str:
        shutil.rmtree(self.root / path, ignore_errors=True)
        shutil.copytree(folder, self.root / path, symlinks=True)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Repository:
    made = Repository(tmp_path / "repository")
    monkeypatch.chdir(made.root)
    return made


def _refused(text: str, path: Path | None = None) -> str:
    with pytest.raises(StoreError) as caught, opened(text, path):
        pass
    return str(caught.value)


@pytest.mark.parametrize("text", ["main:results/ci", "HEAD:results/ci", "main"])
def test_a_folder_at_a_reference_is_read(repository, results, detector, text):
    repository.commit(results("base", detector()), "results/ci")
    shutil.rmtree(repository.root / "results")
    with opened(text, Path("results/ci")) as side:
        assert len(side.records) == 5
        assert side.label == text
    assert not (repository.root / "results").exists()


def test_an_absolute_folder_of_the_repository_is_read_at_a_reference(repository, results, detector):
    repository.commit(results("base", detector()), "results/ci")
    with opened("main", repository.root / "results" / "ci") as side:
        assert len(side.records) == 5


def test_a_folder_below_the_top_is_found_from_a_folder_below(
    repository, results, detector, monkeypatch
):
    repository.commit(results("base", detector()), "sub/results")
    monkeypatch.chdir(repository.root / "sub")
    with opened("main:results") as side:
        assert len(side.records) == 5


def test_the_baseline_comes_from_the_named_branch_not_from_what_lies_there(
    repository, results, detector
):
    repository.commit(results("base", detector()), "results/ci")
    repository.git("checkout", "-q", "-b", "request")
    repository.commit(results("head", detector(luck=1, fpr=0.02)), "results/ci")
    assert main(["gate", "--baseline", "main", "--results", "results/ci"]) == 3
    assert main(["gate", "--baseline", "request", "--results", "results/ci"]) == 0


def test_a_named_baseline_is_found(repository, results, detector):
    repository.commit(results("base", detector()), "results/baseline/release-1")
    with opened("release-1") as side:
        assert len(side.records) == 5


def test_a_link_in_a_commit_is_not_followed(repository, results, detector, tmp_path):
    base = results("base", detector(), range(1))
    path = next(base.glob("*.json"))
    kept = Path(shutil.move(path, tmp_path / "kept.json"))
    path.symlink_to(kept)
    repository.commit(base, "results/ci")
    with opened("main:results/ci") as side:
        assert side.records == ()


def test_a_reference_that_looks_like_an_option_is_refused(repository):
    sentence = (
        "--upload-pack=x is no results folder, no baseline in results/baseline and no git "
        "reference: name one of these; a folder at a reference is REF:FOLDER"
    )
    assert _refused("--upload-pack=x") == sentence


def test_a_folder_that_a_reference_lacks_is_said(repository, results, detector):
    repository.commit(results("base", detector(), range(1)), "results/ci")
    assert _refused("main:elsewhere") == ("main has no folder elsewhere: name it as main:FOLDER")


def test_a_folder_outside_the_repository_is_said(repository, results, detector, tmp_path):
    folder = results("base", detector(), range(1))
    repository.commit(folder, "results/ci")
    assert _refused("main", folder) == (
        f"{folder} is outside the repository {repository.root}: name a folder in it"
    )


def test_an_edited_record_at_a_reference_is_named_by_it(repository, results, detector):
    folder = results("base", detector(), range(1))
    path = next(folder.glob("*.json"))
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 7'))
    repository.commit(folder, "results/ci")
    assert _refused("main:results/ci") == (
        f"main:results/ci/{path.name}: was edited after it was written (its seal does not fit): "
        "restore it, or run the cell again"
    )
    path.write_text("{")
    repository.commit(folder, "results/ci")
    assert _refused("main:results/ci").startswith(
        f"main:results/ci/{path.name}: not a readable record ("
    )


@pytest.fixture
def history(repository, results, detector) -> Path:
    """Keep eight runs of one seed each, and one of them twice."""
    for run, luck in enumerate((*range(8), 7)):
        folder = results(f"of-{run}", detector(luck=luck), range(1))
        assert main(["history", "--add", str(folder), "--run", f"run-{run}"]) == 0
    return Path("results/history")


def test_a_run_of_one_seed_is_held_against_the_history(history, results, detector, capsys):
    flags = ["--baseline", str(history), "--max-fpr-increase", "80%", "--strict"]
    same = results("same", detector(luck=20), range(1))
    assert main(["gate", *flags, "--results", str(same)]) == 0
    worse = results("worse", detector(luck=20, fpr=0.03), range(1))
    capsys.readouterr()
    assert main(["gate", *flags, "--results", str(worse), "--format", "json"]) == 3
    fpr = json.loads(capsys.readouterr().out)[0]
    assert (fpr["metric"], fpr["status"], fpr["test"]) == ("fpr", "regression", "seeds")
    assert (fpr["seeds_base"], fpr["seeds_head"]) == (8, 1)


def test_a_history_at_a_reference_is_the_same_history(repository, history):
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "history")
    with opened(str(history), history=True) as here:
        shutil.rmtree(history)
        with opened("main:results/history", history=True) as there:
            assert len(here.records) == 8
            assert sorted(map(str, there.records)) == sorted(map(str, here.records))


def test_an_edited_record_of_a_kept_run_is_named_with_its_run(history):
    path = next((history / "run-3").glob("*.json"))
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 7'))
    with pytest.raises(StoreError) as caught, opened(str(history), history=True):
        pass
    assert str(caught.value).startswith(f"{path}: was edited after it was written")


def test_kept_runs_are_no_results_where_results_are_asked_for(history):
    with opened(str(history)) as side:
        assert side.records == ()


def test_branches_that_add_runs_and_notes_merge_without_a_conflict(
    repository, history, results, detector
):
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "history")
    for branch, luck in (("one", 31), ("two", 32)):
        repository.git("checkout", "-q", "-b", branch, "main")
        folder = results(f"of-{branch}", detector(luck=luck), range(1))
        assert main(["history", "--add", str(folder), "--run", f"run-{branch}"]) == 0
        assert main(["history", "--run", "run-1", "--note", f"seen on {branch}"]) == 0
        repository.git("add", "-A")
        repository.git("commit", "-q", "-m", branch)
    repository.git("merge", "-q", "-m", "both", "one")
    assert {"run-one", "run-two"} <= {path.name for path in history.iterdir()}
    with opened(str(history), history=True) as side:
        assert len(side.records) == 10
