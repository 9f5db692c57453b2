"""Each phase has a meter of its own, and a figure that was not measured is missing with a reason."""

from __future__ import annotations

import sys
import time
from types import ModuleType, SimpleNamespace

import pytest

from idsbench import energy
from idsbench.energy import metered


class Tracker:
    """Stands for codecarbon's tracker: `kwh` of the processor, in mode `mode`."""

    made: list = []
    kwh, mode, fault = 1e-6, "intel_rapl", ""

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
def meter(monkeypatch):
    """Put a fake tracker in place of codecarbon's; phases seem to last as long as told."""

    def place(lasts: float = 1.0, **fields) -> type[Tracker]:
        kind = type("FakeTracker", (Tracker,), fields)
        module = ModuleType("codecarbon")
        module.OfflineEmissionsTracker = kind
        monkeypatch.setitem(sys.modules, "codecarbon", module)
        ticks = iter(number * lasts for number in range(100))
        monkeypatch.setattr(energy, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
        Tracker.made.clear()
        return kind

    return place


@pytest.mark.parametrize(
    ("mode", "method"),
    [("intel_rapl", "rapl"), ("cpu_load", "model"), ("constant", "model"), ("", "model")],
)
def test_the_method_says_whether_counters_were_read_or_a_model_was_asked(meter, mode, method):
    meter(mode=mode)
    with metered() as reading:
        pass
    assert (reading.method, reading.reason) == (method, "")
    assert reading.joules == pytest.approx(3.6)
    assert reading.detail == f"codecarbon {mode or 'unknown'}, process"


def test_each_phase_has_a_fresh_meter_that_was_started_and_stopped(meter):
    meter()
    for _ in range(2):
        with metered():
            assert Tracker.made[-1].steps == ["start"]
    assert len(Tracker.made) == 2
    assert all(tracker.steps == ["start", "stop"] for tracker in Tracker.made)


def test_nothing_is_sent_or_written_elsewhere(meter):
    meter()
    with metered():
        pass
    options = Tracker.made[0].options
    assert options["save_to_file"] is options["save_to_api"] is options["save_to_logger"] is False


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"fault": "start"}, "codecarbon could not start: RuntimeError: no counters"),
        ({"fault": "stop"}, "codecarbon failed: OSError: counter gone"),
    ],
)
def test_a_meter_that_fails_costs_the_figure_and_not_the_phase(meter, fields, reason):
    meter(**fields)
    with metered() as reading:
        done = True
    assert done
    assert (reading.joules, reading.method, reading.reason) == (None, "none", reason)


def test_a_missing_codecarbon_is_a_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with metered() as reading:
        pass
    assert (reading.joules, reading.method) == (None, "none")
    assert reading.reason.startswith("codecarbon could not start: ModuleNotFoundError: ")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lasts": 0.05}, "the phase lasted 0.050 s, below the meter's 0.1 s"),
        ({"kwh": 0.0}, "the meter read 0 J: below its resolution"),
        ({"kwh": float("nan")}, "the meter read 0 J: below its resolution"),
    ],
)
def test_what_the_meter_cannot_resolve_is_missing_never_zero(meter, fields, reason):
    meter(**fields)
    with metered() as reading:
        pass
    assert (reading.joules, reading.reason) == (None, reason)


def test_an_exception_of_the_phase_passes_and_the_meter_is_stopped(meter):
    meter()
    with pytest.raises(KeyError), metered():
        raise KeyError
    assert Tracker.made[0].steps == ["start", "stop"]


def test_the_real_meter_gives_joules_or_a_reason(capfd):
    with metered() as reading:
        end = time.perf_counter() + 0.3
        while time.perf_counter() < end:
            sum(range(1000))
    assert reading.method in ("rapl", "model", "none")
    if reading.joules is None:
        assert reading.reason
    else:
        assert 0 < reading.joules < 1000
        assert reading.reason == ""
    assert capfd.readouterr() == ("", "")
