"""RAPL's counters are added over packages, through a wrap around, and told when unreadable."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from idsbench import meter_rapl
from idsbench.meter_rapl import Rapl
from idsbench.meters import MeterError

MOST = 1_000_000


def _zone(root: Path, folder: str, name: str, microjoules: int = 0) -> Path:
    zone = root / folder
    zone.mkdir(parents=True)
    (zone / "name").write_text(f"{name}\n")
    (zone / "max_energy_range_uj").write_text(f"{MOST}\n")
    (zone / "energy_uj").write_text(f"{microjoules}\n")
    return zone / "energy_uj"


def _count(file: Path, microjoules: int) -> None:
    partial = file.with_name("partial")
    partial.write_text(f"{microjoules}\n")
    partial.replace(file)


def test_packages_are_added_and_their_parts_and_the_platform_left_out(tmp_path):
    counted = [_zone(tmp_path, f"intel-rapl:{n}", f"package-{n}") for n in (0, 1)]
    others = [
        _zone(tmp_path, "intel-rapl:0:0", "core"),
        _zone(tmp_path, "intel-rapl:2", "psys"),
        _zone(tmp_path, "intel-rapl-mmio:0", "package-0"),
    ]
    meter = Rapl(tmp_path)
    meter.start()
    for file in counted:
        _count(file, 200_000)
    for file in others:
        _count(file, 900_000)
    assert meter.stop() == pytest.approx(0.4)
    assert (meter.method, meter.detail) == ("rapl", "powercap package-0, package-1")


def test_a_counter_that_wrapped_around_is_counted_on(tmp_path):
    file = _zone(tmp_path, "intel-rapl:0", "package-0", MOST - 100)
    meter = Rapl(tmp_path)
    meter.start()
    _count(file, 300)
    assert meter.stop() == pytest.approx(400e-6)


def test_a_long_phase_is_read_often_enough_to_see_every_wrap(tmp_path, monkeypatch):
    monkeypatch.setattr(meter_rapl, "POLL_S", 0.01)
    file = _zone(tmp_path, "intel-rapl:0", "package-0", MOST - 100)
    meter = Rapl(tmp_path)
    meter.start()
    for microjoules in (100, MOST - 100, 100):
        _count(file, microjoules)
        time.sleep(0.1)
    assert meter.stop() == pytest.approx((MOST + 200) / 1e6)


def test_a_machine_without_counters_says_so(tmp_path):
    with pytest.raises(MeterError) as caught:
        Rapl(tmp_path)
    assert str(caught.value) == "this machine shows no RAPL counters"


def test_counters_that_only_root_may_read_are_told_with_what_helps(tmp_path, monkeypatch):
    _zone(tmp_path, "intel-rapl:0", "package-0")

    def refuse(self, **_) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(MeterError) as caught:
        Rapl(tmp_path)
    assert str(caught.value) == (
        "the RAPL counters may not be read by this user: "
        "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"
    )


def test_a_counter_that_goes_away_is_told(tmp_path):
    file = _zone(tmp_path, "intel-rapl:0", "package-0")
    meter = Rapl(tmp_path)
    meter.start()
    file.unlink()
    with pytest.raises(MeterError) as caught:
        meter.stop()
    assert str(caught.value) == ("the RAPL counters cannot be read (No such file or directory)")
