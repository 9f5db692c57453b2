"""Whatever process of a run is killed, whenever: nothing that was finished is lost."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

RELIABILITY = Path(__file__).resolve().parents[1] / "benchmarks" / "reliability"
KILLS = 16
SEED = 3

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give what kills at random, as the report on reliability does."""
    monkeypatch.syspath_prepend(str(RELIABILITY))
    return importlib.import_module("chaos")


@pytest.mark.slow
def test_random_kills_lose_and_change_nothing(chaos, tmp_path):
    storm = chaos.storm(tmp_path, KILLS, SEED, seeds=2)
    assert storm.findings == []
    assert storm.kills.total() >= KILLS
    assert storm.rounds >= 1
    roles = {what.rpartition(" of the ")[2] for what in storm.kills if "kill -9" in what}
    assert len(roles) >= 3


@pytest.mark.slow
def test_the_storm_would_notice_a_record_that_differs(chaos, tmp_path):
    calm, tried = chaos.Place(tmp_path / "calm"), chaos.Place(tmp_path / "tried")
    for place in (calm, tried):
        assert chaos.run_through(place, "--models", "faulty", "--seeds", "0-1") == 0
    assert [*chaos.differences(calm.results, tried.results)] == []
    one, two = sorted(tried.results.glob("*.npz"))
    one.write_bytes(two.read_bytes())
    two.with_name(two.name.replace(".evidence.npz", ".json")).unlink()
    (tried.results / ".plan.json.1.tmp").write_text("", encoding="utf-8")
    found = [*chaos.differences(calm.results, tried.results)]
    cell = one.name[:16]
    assert found[:2] == [
        "1 records instead of 2",
        f"{cell}: the evidence differs from the undisturbed run's",
    ]
    assert f"{cell}: the evidence is not the one that the record was made from" in found
    assert found[-1] == "1 partial files were left in the results folder"
