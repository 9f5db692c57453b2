"""A cache entry is whole or absent, whoever makes it and however that ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from idsbench import cache
from idsbench.cache import cache_folder, damage, entries, entry, is_made, key_of, making, remove
from idsbench.errors import RunStopped, StoreError


def _make(folder: Path, text: str = "text") -> None:
    with making(folder) as staging:
        (staging / "deep").mkdir()
        (staging / "deep" / "data.txt").write_text(text)


def _all(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_an_entry_appears_whole_when_its_block_ends(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    with making(folder) as staging:
        (staging / "x").write_text("1")
        assert not folder.exists()
        assert not is_made(folder)
    assert is_made(folder)
    assert (folder / "x").read_text() == "1"
    assert _all(tmp_path) == ["tables", "tables/k", "tables/k/entry.json", "tables/k/x"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path, error):
    def fail() -> None:
        with making(entry(tmp_path, "tables", "k")) as staging:
            (staging / "x").write_text("1")
            raise error

    with pytest.raises(error):
        fail()
    assert _all(tmp_path) == ["tables"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_stops_the_run_and_leaves_nothing(tmp_path, number):
    def fail() -> None:
        with making(entry(tmp_path, "tables", "k")):
            raise OSError(number, os.strerror(number))

    with pytest.raises(RunStopped) as caught:
        fail()
    assert str(caught.value) == (
        f"no space left on the disk of the cache {tmp_path}: "
        "the run stopped; make room and give the same command again"
    )
    assert _all(tmp_path) == ["tables"]


def test_another_failure_of_the_system_is_not_taken_for_a_full_disk(tmp_path):
    def fail() -> None:
        with making(entry(tmp_path, "tables", "k")):
            raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(PermissionError):
        fail()
    assert _all(tmp_path) == ["tables"]


def test_a_kill_while_an_entry_is_made_leaves_no_entry(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    code = (
        "import os, sys; from pathlib import Path; from idsbench.cache import making\n"
        "with making(Path(sys.argv[1])) as s: (s / 'x').write_text('1'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)]).returncode == 9
    assert not is_made(folder)
    _make(folder)
    assert is_made(folder)


def test_two_makers_of_one_entry_both_succeed_and_one_entry_stands(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    with making(folder) as first:
        (first / "x").write_text("1")
        with making(folder) as second:
            assert second != first
            (second / "x").write_text("1")
        assert is_made(folder)
    assert is_made(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["k"]


def test_a_half_entry_is_replaced(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    folder.mkdir(parents=True)
    (folder / "old").write_text("half")
    assert not is_made(folder)
    _make(folder)
    assert is_made(folder)
    assert not (folder / "old").exists()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda f: (f / "deep/data.txt").unlink(), ["deep/data.txt is missing"]),
        (
            lambda f: (f / "deep/data.txt").write_text("tex"),
            ["deep/data.txt has 3 bytes instead of 4"],
        ),
        (lambda f: (f / "entry.json").unlink(), ["entry.json is missing or unreadable"]),
        (lambda f: (f / "entry.json").write_text("{"), ["entry.json is missing or unreadable"]),
        (lambda f: (f / "entry.json").write_text("[]"), ["entry.json is missing or unreadable"]),
    ],
)
def test_an_entry_that_lost_bytes_counts_as_missing_and_is_made_anew(tmp_path, harm, told):
    folder = entry(tmp_path, "tables", "k")
    _make(folder)
    assert damage(folder) == []
    harm(folder)
    assert not is_made(folder)
    assert damage(folder) == told
    _make(folder)
    assert is_made(folder)
    assert damage(folder) == []


def test_altered_bytes_are_found_by_their_hash(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    _make(folder)
    (folder / "deep" / "data.txt").write_text("tent")
    assert damage(folder) == ["deep/data.txt was altered"]


@pytest.mark.parametrize("most", [cache.HASHED_BYTES, 0], ids=["a small entry", "a large one"])
def test_bytes_that_were_altered_later_are_found_before_an_entry_is_used(
    tmp_path, monkeypatch, most
):
    monkeypatch.setattr(cache, "HASHED_BYTES", most)
    folder = entry(tmp_path, "tables", "k")
    _make(folder)
    assert cache.late_damage(folder) == ""
    time.sleep(0.02)  # the system's clock of changes ticks a hundred times a second
    (folder / "deep" / "data.txt").write_text("tent")
    os.utime(folder / "deep" / "data.txt", (0, 0))
    assert is_made(folder)
    assert cache.late_damage(folder) == "deep/data.txt was altered"


def test_of_a_large_entry_only_what_changed_later_is_read(tmp_path, monkeypatch):
    folder = entry(tmp_path, "tables", "k")
    _make(folder)
    monkeypatch.setattr(cache, "file_digest", lambda path: pytest.fail(f"{path} was read"))
    monkeypatch.setattr(cache, "HASHED_BYTES", 3)
    assert cache.late_damage(folder) == ""


def test_entries_are_listed_by_stage_without_those_being_made(tmp_path):
    _make(entry(tmp_path, "trainings", "b"))
    _make(entry(tmp_path, "tables", "c"))
    _make(entry(tmp_path, "tables", "a"))
    with making(entry(tmp_path, "tables", "d")):
        names = [str(path.relative_to(tmp_path)) for path in entries(tmp_path)]
    assert names == ["tables/a", "tables/c", "trainings/b"]


def test_a_removed_entry_is_gone(tmp_path):
    folder = entry(tmp_path, "tables", "k")
    _make(folder)
    remove(folder)
    assert not folder.exists()
    remove(folder)


def test_a_runs_own_folder_goes_with_it_and_those_of_killed_runs_too(tmp_path):
    abandoned = tmp_path / "run-killed"
    abandoned.mkdir()
    (abandoned / ".lock").write_text("")
    with cache.scratch(tmp_path) as outer:
        assert not abandoned.exists()
        with cache.scratch(tmp_path) as inner:
            assert outer.is_dir()
            assert inner != outer
        assert not inner.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_staging_folder_is_removed_after_a_day_and_not_before(tmp_path):
    (tmp_path / "tables").mkdir()
    old, new = tmp_path / "tables" / ".a.1.x.tmp", tmp_path / "tables" / ".b.1.x.tmp"
    for folder in (old, new):
        folder.mkdir()
    past = time.time() - cache.ABANDONED_S - 60
    os.utime(old, (past, past))
    with cache.scratch(tmp_path):
        assert not old.exists()
        assert new.exists()


def test_a_key_changes_with_every_ingredient_and_not_with_their_order():
    key = key_of(a=1, b="x")
    assert key == key_of(b="x", a=1)
    assert len({key, key_of(a=2, b="x"), key_of(a=1, b="y"), key_of(a=1, b="x", c=None)}) == 4
    assert key_of(a="1") != key_of(a=1)
    assert len(key) == 24


def test_the_folder_is_the_one_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "a" / "b"))
    assert cache_folder() == (tmp_path / "a" / "b").resolve()
    assert (tmp_path / "a" / "b").is_dir()


def test_without_it_the_folder_is_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("IDSBENCH_CACHE")
    monkeypatch.setattr(cache.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    assert cache_folder() == (tmp_path / "idsbench").resolve()


def test_a_folder_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(StoreError) as caught:
        cache_folder()
    assert str(caught.value) == (
        f"the cache folder {tmp_path / 'file'} cannot be made (File exists): "
        "set IDSBENCH_CACHE to a folder that you can write to"
    )


def _unfinished(root: Path, key: str, days: float = 0.0) -> Path:
    folder = root / cache.UNFINISHED / key
    folder.mkdir(parents=True)
    (folder / "training.npz").write_bytes(b"x" * 1000)
    then = time.time() - days * 86_400
    os.utime(folder, (then, then))
    return folder


def test_what_is_unfinished_is_no_entry_but_is_listed_and_cleared(tmp_path, monkeypatch, capsys):
    from idsbench.cli import main

    monkeypatch.setenv("IDSBENCH_CACHE", str(tmp_path))
    with making(entry(tmp_path, "trainings", "done")) as folder:
        (folder / "model").write_text("m")
    left = _unfinished(tmp_path, "begun")
    assert [path.name for path in entries(tmp_path)] == ["done"]
    assert main(["cache", "verify"]) == 0
    assert main(["cache", "list", "--format", "csv"]) == 0
    assert "unfinished,begun,0.001,incomplete" in capsys.readouterr().out.splitlines()
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}: 2 entries, ")
    assert not left.exists()


def test_a_training_that_nobody_goes_on_with_is_forgotten_after_thirty_days(tmp_path):
    old, young = _unfinished(tmp_path, "old", 31), _unfinished(tmp_path, "young", 29)
    with cache.scratch(tmp_path):
        assert (old.exists(), young.exists()) == (False, True)


def test_a_fresh_training_goes_on_from_nothing(tmp_path):
    left = _unfinished(tmp_path, "key")
    with making(entry(tmp_path, "trainings", "key")):
        pass
    cache.discard_training(tmp_path, "key")
    assert not left.exists()
    assert not is_made(entry(tmp_path, "trainings", "key"))


def test_artifacts_are_entries_too(tmp_path):
    with making(entry(tmp_path, "artifacts", "one")):
        pass
    assert [path.name for path in entries(tmp_path)] == ["one"]
