"""A second run, a full disk, a folder that cannot be written: said in a sentence, nothing lost."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from idsbench import cache, store
from idsbench.errors import RunStopped
from idsbench.limits import Limits
from idsbench.outcomes import Running, outcome_of
from idsbench.plan import Request, make_plan
from idsbench.rowstore import write_json
from idsbench.run import Options, run
from idsbench.steps import Step
from idsbench.view import SilentView
from idsbench.workers import Ended

RELIABILITY = Path(__file__).resolve().parents[1] / "benchmarks" / "reliability"
NAMES = (
    "two runs on one results folder",
    "two runs that share a cache",
    "a disk that is nearly full",
    "a results disk that is full to the last byte",
    "a cache disk that is full to the last byte",
    "a results folder on a read-only disk",
    "a file where the results folder should be",
)
FULL = (
    "no space left on the disk of the cache {}: "
    "the run stopped; make room and give the same command again"
)


@pytest.fixture(scope="module")
def situations() -> Iterator[ModuleType]:
    """Give the situations that the report on reliability makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RELIABILITY))
        yield importlib.import_module("situations")


@pytest.fixture(scope="module")
def calm(situations, tmp_path_factory):
    """Give the results of a run that nothing disturbs."""
    return situations.undisturbed(tmp_path_factory.mktemp("calm"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.parametrize("name", NAMES)
def test_it_ends_in_good_order(situations, calm, tmp_path, name):
    outcome = situations.look_at(name, tmp_path / "it", calm)
    if outcome.skipped:
        pytest.skip(outcome.came_to)
    assert outcome.finding == ""


def _make(folder: Path, error: OSError) -> None:
    with cache.making(folder) as staging:
        (staging / "half").write_bytes(b"x")
        raise error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_an_entry_that_finds_the_disk_full_stops_the_run_and_leaves_nothing(tmp_path, number):
    folder = cache.entry(tmp_path, "tables", "key")
    with pytest.raises(RunStopped) as caught:
        _make(folder, OSError(number, "full"))
    assert str(caught.value) == FULL.format(tmp_path)
    assert [*folder.parent.iterdir()] == []


def test_a_short_write_on_a_full_disk_is_known_though_the_error_does_not_say_so(
    tmp_path, monkeypatch
):
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(RunStopped):
        _make(cache.entry(tmp_path, "tables", "key"), OSError("5 requested and 2 written"))


def test_another_error_while_an_entry_is_made_is_left_as_it_is(tmp_path):
    folder = cache.entry(tmp_path, "tables", "key")
    with pytest.raises(PermissionError):
        _make(folder, PermissionError(errno.EACCES, "no"))


def test_a_job_that_found_the_disk_full_is_no_cells_fault(tmp_path):
    result = {"outcome": "failed", "type": "RunStopped", "reason": "the disk is full"}
    write_json(tmp_path / "result.json", result)
    running = Running(Step("s", "train", (), tmp_path, {}, (), "s"), tmp_path, 0.0)
    with pytest.raises(RunStopped, match="the disk is full"):
        outcome_of(running, Ended("s"), 1.0, Limits())


def test_a_record_whose_evidence_was_cut_short_is_made_again(faults, tmp_path):
    plan = make_plan(faults, Request(datasets="toy", models="faulty", baselines=False))

    def again() -> dict[str, bytes]:
        run(faults, plan, Options(tmp_path), SilentView())
        return {path.suffix: path.read_bytes() for path in tmp_path.glob("?" * 16 + ".*")}

    whole = again()[".npz"]
    (path,) = tmp_path.glob("*.npz")
    path.write_bytes(whole[: len(whole) // 2])
    assert store.read_finished(tmp_path) == {}
    assert again()[".npz"] == whole


def test_a_record_without_its_evidence_stands(faults, tmp_path):
    plan = make_plan(faults, Request(datasets="toy", models="faulty", baselines=False))
    first = run(faults, plan, Options(tmp_path), SilentView())
    (path,) = tmp_path.glob("*.npz")
    path.unlink()
    assert run(faults, plan, Options(tmp_path), SilentView()) == first


def test_what_killed_processes_had_not_finished_writing_is_removed(tmp_path):
    gone, here = 2**22 + 1, 1
    left = [f".{'0' * 16}.json.{gone}.tmp", f".plan.json.{gone}.tmp", f".probe.{gone}"]
    kept = [f".plan.json.{here}.tmp", ".note.tmp", "0.tmp"]
    for name in (*left, *kept):
        (tmp_path / name).write_text("", encoding="utf-8")
    with store.locked(tmp_path):
        names = {path.name for path in tmp_path.iterdir()}
    assert names == {*kept, store.LOCK}
