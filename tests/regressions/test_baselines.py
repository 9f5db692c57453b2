"""Baselines are kept under a name, are not changed, and are what a gate compares with."""

from __future__ import annotations

import pytest

from idsbench import baselines, store
from idsbench.cli import main
from idsbench.errors import StoreError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _refused(call, *arguments) -> str:
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    return str(caught.value)


def test_a_saved_baseline_holds_the_same_records_without_evidence(results, detector):
    folder = results("run", detector(), range(2), kept=True)
    kept = baselines.save("release-1", folder)
    assert store.read_records(kept.folder) == store.read_records(folder)
    assert not list(kept.folder.glob("*.npz"))


def test_a_baseline_is_never_overwritten(results, detector):
    folder = results("run", detector(), range(1))
    baselines.save("release-1", folder)
    assert _refused(baselines.save, "release-1", folder) == (
        "results/baseline/release-1 exists: what is kept is not changed; use another name"
    )


@pytest.mark.parametrize("name", ["../x", ".hidden", "Large", "", "a/b"])
def test_a_name_that_is_no_name_is_refused(results, detector, name):
    folder = results("run", detector(), range(1))
    assert _refused(baselines.save, name, folder) == (
        f"'{name}' is no name: use up to 64 small letters, digits, dots, hyphens, underscores"
    )


def test_nothing_is_saved_of_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()
    assert _refused(baselines.save, "one", tmp_path / "empty") == (
        f"{tmp_path / 'empty'} holds no record: run something first"
    )
    assert baselines.names() == []


def test_a_promoted_baseline_is_the_current_one(results, detector):
    for name, luck in (("one", 1), ("two", 2)):
        baselines.save(name, results(name, detector(luck=luck), range(luck)))
        baselines.promote(name)
    assert len(baselines.find("current").records) == 2
    assert baselines.names() == ["current", "one", "two"]


def test_a_baseline_that_does_not_exist_is_named(results, detector):
    baselines.save("release-1", results("run", detector(), range(1)))
    assert _refused(baselines.find, "relaese-1") == (
        "there is no baseline 'relaese-1' in results/baseline: did you mean release-1?"
    )


def test_the_commands_save_list_show_and_promote(results, detector, capsys):
    folder = str(results("run", detector(), range(2)))
    assert main(["baseline", "save", "one", "--results", folder]) == 0
    assert main(["baseline", "promote", "one"]) == 0
    assert capsys.readouterr().out == (
        "results/baseline/one: 2 records\nresults/baseline/current: 2 records\n"
    )
    assert main(["baseline", "list", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["current,2,1,None", "one,2,1,None"]
    assert main(["baseline", "show", "one"]) == 0
    assert "cnn" in capsys.readouterr().out
    assert main(["gate", "--baseline", "current", "--results", folder, "--strict"]) == 0
    assert main(["baseline", "save"]) == 2
