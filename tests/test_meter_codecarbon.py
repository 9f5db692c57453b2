"""codecarbon models; each phase has a tracker of its own, and its failure is a reason."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from idsbench.meter_codecarbon import Codecarbon
from idsbench.meters import MeterError


class Tracker:
    """Stands for codecarbon's tracker: `kwh` of the processor, in mode `mode`."""

    made: list = []
    kwh, mode, fault = 1e-6, "cpu_load", ""

    def __init__(self, **options) -> None:
        self.options, self.steps = options, []
        self._hardware = [SimpleNamespace(), SimpleNamespace(_mode=self.mode)]
        Tracker.made.append(self)

    def start(self) -> None:
        self.steps.append("start")
        if self.fault == "start":
            raise RuntimeError("no counters")

    def stop(self) -> None:
        self.steps.append("stop")
        if self.fault == "stop":
            raise OSError("counter gone")
        self.final_emissions_data = SimpleNamespace(cpu_energy=self.kwh, ram_energy=99.0)


@pytest.fixture
def tracker(monkeypatch):
    """Put a fake in place of codecarbon's."""

    def place(**fields) -> type[Tracker]:
        module = ModuleType("codecarbon")
        module.OfflineEmissionsTracker = type("FakeTracker", (Tracker,), fields)
        monkeypatch.setitem(sys.modules, "codecarbon", module)
        Tracker.made.clear()
        return Tracker

    return place


def _reason() -> str:
    def phase() -> None:
        meter = Codecarbon()
        meter.start()
        meter.stop()

    with pytest.raises(MeterError) as caught:
        phase()
    return str(caught.value)


@pytest.mark.parametrize("mode", ["cpu_load", "constant", ""])
def test_it_is_called_a_model_and_its_mode_is_kept(tracker, mode):
    tracker(mode=mode)
    meter = Codecarbon()
    meter.start()
    assert meter.stop() == pytest.approx(3.6)
    assert (meter.method, meter.detail) == ("model", f"codecarbon {mode or 'unknown'}, process")


def test_counters_are_left_to_the_meter_that_subtracts_idle_power(tracker):
    tracker(mode="intel_rapl")
    assert _reason() == "codecarbon reads RAPL here, idle power included: use --meter rapl"


def test_nothing_is_sent_or_written_elsewhere(tracker):
    fake = tracker()
    Codecarbon().start()
    options = fake.made[0].options
    assert options["save_to_file"] is options["save_to_api"] is options["save_to_logger"] is False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("start", "codecarbon could not start: RuntimeError: no counters"),
        ("stop", "codecarbon failed: OSError: counter gone"),
    ],
)
def test_a_failure_is_a_reason(tracker, fault, reason):
    tracker(fault=fault)
    assert _reason() == reason


def test_a_missing_codecarbon_is_a_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    assert _reason().startswith("codecarbon could not start: ModuleNotFoundError: ")
