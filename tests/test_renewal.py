"""What was altered in the cache is made again before it is used, and --fresh makes all again."""

from __future__ import annotations

from pathlib import Path

import pytest

from idsbench.plan import Request, make_plan
from idsbench.renewal import discard, heal
from idsbench.run import Options, run
from idsbench.view import SilentView


class _Told(SilentView):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def made(faults, tmp_path, monkeypatch):
    """Run one deployment in a cache of its own; give the cells, the cache and how to run again."""
    root = tmp_path / "cache"
    monkeypatch.setenv("IDSBENCH_CACHE", str(root))
    plan = make_plan(faults, Request("toy", models="faulty", targets="abroad", baselines=False))

    def again(meter: str = "auto") -> tuple[dict, list[str]]:
        view = _Told()
        (record,) = run(faults, plan, Options(tmp_path / "r", meter=meter), view)
        return record, view.notes

    record, notes = again()
    assert (record["status"], notes) == ("ok", [])
    return plan.cells, root, again


def _flip(root: Path, pattern: str) -> str:
    (path,) = root.glob(pattern)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    return str(Path(*path.relative_to(root).parts[:2]))


def test_altered_entries_are_made_again_with_a_line_each_and_sound_ones_are_kept(made):
    cells, root, again = made
    entries = {
        _flip(root, pattern): name
        for pattern, name in (
            ("prepared/*/train_x.npy", "train_x.npy"),
            ("trainings/*/meta.json", "meta.json"),
            ("artifacts/*/artifact/w.npz", "artifact/w.npz"),
        )
    }
    record, notes = again(meter="none")
    assert notes == [
        f"{name} was altered in the cache entry {place}: it is thrown away and made again"
        for place, name in entries.items()
    ]
    assert record["status"] == "ok"
    assert heal(root, cells) == []
    assert len(list(root.glob("tables/*"))) == 1


def test_an_entry_that_is_not_there_is_no_damage(made):
    cells, root, _ = made
    for path in root.glob("artifacts/*/entry.json"):
        path.unlink()
    assert heal(root, cells) == []


def test_fresh_throws_away_the_training_and_what_was_deployed_and_no_rows(made):
    cells, root, _ = made
    discard(root, cells)
    left = {path.parents[1].name for path in root.glob("*/*/entry.json")}
    assert not left & {"trainings", "artifacts"}
    assert left >= {"tables", "prepared"}
