"""Each phase has a meter of its own; what the meter cannot tell is missing, with the reason."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from idsbench import energy, energy_rows, meter_span
from idsbench.energy import metered
from idsbench.energy_rows import Windows, of_work, per_row
from idsbench.meters import MeterError

ROWS = ["row"]
SHORT = Windows(0.5, 0.1, 0.4)


class Device:
    """A device on a clock of its own: it draws `idle` watts, and `busy` more while it scores.

    Args:
        fields: of the meters that look at it; `fault`: which call of a meter fails; `read_s`: how
            long each reading takes, one after the other.
    """

    def __init__(self, idle: float, busy: float, jitter: float = 0.0, **fields) -> None:
        self.idle, self.busy, self.jitter = idle, busy, jitter
        self.now = self.joules = 0.0
        self.processor_s = self.others = 0.0
        self.fields = {"whole": True, "resolution_j": 0.0, "shortest_s": 0.0, **fields}
        self.meters: list = []
        self.readings = 0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.joules += self.idle * seconds

    def score(self, row: object) -> None:
        """Take 10 ms."""
        self.now += 0.01
        self.processor_s += 0.01
        watts = self.idle + self.busy + self.jitter * (len(self.meters) % 2)
        self.joules += watts * 0.01

    def choose(self, *_: str) -> Meter:
        self.meters.append(Meter(self))
        return self.meters[-1]


class Meter:
    """Reads a device in steps of its resolution."""

    method, detail = "rapl", "fake"

    def __init__(self, device: Device) -> None:
        self.device, self.steps = device, []
        self.whole = device.fields["whole"]
        self.resolution_j = device.fields["resolution_j"]
        self.shortest_s = device.fields["shortest_s"]

    def _read(self, step: str) -> float:
        self.steps.append(step)
        read_s = self.device.fields.get("read_s", (0.0,))
        took = read_s[self.device.readings % len(read_s)]
        self.device.readings += 1
        self.device.sleep(0.9 * took)
        found = self._count(step)
        self.device.sleep(0.1 * took)
        return found

    def _count(self, step: str) -> float:
        if self.device.fields.get("fault") == step:
            raise MeterError(f"broke at {step}")
        joules = self.device.joules
        return joules - joules % self.resolution_j if self.resolution_j else joules

    def start(self) -> None:
        self.began = self._read("start")

    def stop(self) -> float:
        return self._read("stop") - self.began


@pytest.fixture
def on(monkeypatch):
    """Put a device in place of the machine."""

    def place(device: Device) -> Device:
        clock = SimpleNamespace(perf_counter=lambda: device.now, sleep=device.sleep)
        for module in (energy, energy_rows, meter_span):
            monkeypatch.setattr(module, "time", clock)
        for module in (energy, energy_rows):
            monkeypatch.setattr(module, "choose", device.choose)
        monkeypatch.setattr(energy, "_own_s", lambda: device.processor_s)
        monkeypatch.setattr(energy, "_busy_s", lambda: device.processor_s * (1 + device.others))
        return device

    return place


def _phase(device: Device, calls: int = 100, idle_s: float = 0.5):
    with metered(idle_s=idle_s) as reading:
        for _ in range(calls):
            device.score(None)
    return reading


def test_idle_power_is_measured_before_and_subtracted(on):
    reading = _phase(on(Device(idle=7.0, busy=3.0)))
    assert (reading.joules, reading.reason) == (pytest.approx(3.0), "")
    assert reading.idle.mean == pytest.approx(7.0)
    assert reading.idle.half == pytest.approx(0.0, abs=1e-9)
    assert reading.seconds == pytest.approx(1.0)
    assert (reading.method, reading.detail) == ("rapl", "fake")


def test_a_model_has_no_idle_power_to_subtract(on):
    reading = _phase(on(Device(idle=7.0, busy=3.0, whole=False)))
    assert (reading.joules, reading.idle) == (pytest.approx(10.0), None)


def test_training_and_scoring_have_meters_of_their_own_and_other_figures(on):
    device = on(Device(idle=1.0, busy=2.0))
    training = _phase(device, calls=300)
    used = set(map(id, device.meters))
    scoring = per_row(device.score, ROWS, SHORT, "auto", "cpu")
    assert used.isdisjoint(map(id, device.meters[len(used) :]))
    assert all(meter.steps in (["start", "stop"], []) for meter in device.meters)
    assert training.joules == pytest.approx(6.0)
    assert scoring.reading.joules == pytest.approx(2.0 * scoring.calls * 0.01)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"busy": 0.0}, "below the meter's resolution: 0 J above an idle power of 8 W, "),
        ({"busy": 5.0, "resolution_j": 64.0}, "the meter read 0 J: below its resolution"),
        (
            {"busy": 5.0, "shortest_s": 2.0, "whole": False},
            "the phase lasted 1.000 s, below the meter's 2 s",
        ),
    ],
)
def test_what_the_meter_cannot_resolve_is_missing_never_zero(on, fields, reason):
    reading = _phase(on(Device(idle=8.0, **fields)))
    assert reading.joules is None
    assert reading.reason.startswith(reason)


@pytest.mark.parametrize("fault", ["start", "stop"])
def test_a_meter_that_fails_costs_the_figure_and_not_the_phase(on, fault):
    device = on(Device(idle=1.0, busy=1.0, fault=fault, whole=False))
    reading = _phase(device)
    assert device.processor_s == pytest.approx(1.0)
    assert (reading.joules, reading.method, reading.reason) == (None, "none", f"broke at {fault}")


def test_an_exception_of_the_phase_passes_and_the_meter_is_stopped(on):
    device = on(Device(idle=1.0, busy=1.0, whole=False))
    with pytest.raises(KeyError), metered():
        raise KeyError
    assert device.meters[0].steps == ["start", "stop"]


def test_energy_that_other_processes_used_too_is_no_figure(on):
    device = on(Device(idle=1.0, busy=1.0))
    device.others = 0.3
    reading = _phase(device)
    assert reading.joules is None
    assert reading.reason == (
        "other processes used 0.30 s of processor time beside the 1.00 s of this one, and the "
        "meter cannot tell them apart"
    )
    assert per_row(device.score, ROWS, Windows(0.5, 0.3, 0.4), "auto", "cpu").uj is None


def test_a_model_looks_at_this_process_alone(on):
    device = on(Device(idle=1.0, busy=1.0, whole=False))
    device.others = 0.3
    assert _phase(device).joules == pytest.approx(2.0)


SLOW = {"busy": 0.0, "read_s": (0.04, 0.05, 0.03)}


def test_a_device_of_constant_power_has_that_idle_power_however_long_a_reading_takes(on):
    for read_s in ((0.02,), (0.3,), SLOW["read_s"]):
        reading = _phase(on(Device(idle=10.0, busy=0.0, read_s=read_s)))
        assert reading.joules is None
        assert reading.reason.startswith("below the meter's resolution: ")
        assert abs(reading.idle.mean - 10.0) <= reading.idle.half
        assert reading.idle.mean == pytest.approx(10.0, rel=0.1 if len(read_s) > 1 else 1e-9)
        assert 0 < reading.idle.half < 2.5
    found = per_row(on(Device(idle=10.0, **SLOW)).score, ROWS, SHORT, "auto", "cpu")
    assert found.uj is None
    assert found.reading.reason.startswith("below the meter's resolution: ")


def test_the_time_of_the_readings_is_subtracted_as_idle_too(on):
    reading = _phase(on(Device(idle=7.0, busy=30.0, read_s=(0.2,))))
    assert reading.joules == pytest.approx(30.0)
    assert reading.seconds == pytest.approx(1.2), "from the middle of a reading to another's"


def test_the_doubt_of_time_stamps_is_in_the_interval_of_a_training(on):
    exact = _phase(on(Device(idle=7.0, busy=3.0)))
    assert exact.half == pytest.approx(0.0, abs=1e-9)
    reading = _phase(on(Device(idle=7.0, busy=3.0, read_s=(0.04,))))
    one = 1.96 * 0.04 * (2 / 12) ** 0.5
    idle_half = 7.0 * one / 0.14 / 5**0.5
    assert reading.idle.half == pytest.approx(idle_half)
    assert reading.half == pytest.approx(idle_half * 1.04 + 7.0 * one)
    coarse = _phase(on(Device(idle=0.0, busy=8.0, resolution_j=0.25)))
    assert coarse.half == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("read_s", "most_s", "readings"), [(0.01, 1.5, 22), (0.08, 1.5, 14), (0.01, 0.7, 14)]
)
def test_a_meter_that_is_slow_to_read_is_read_less_often(on, read_s, most_s, readings):
    device = on(Device(idle=1.0, busy=9.0, read_s=(read_s,)))
    found = per_row(device.score, ROWS, Windows(0.5, 0.1, 0.1, most_s), "auto", "cpu")
    assert device.readings == readings
    assert found.uj == pytest.approx(90_000, rel=0.1)
    assert device.now < most_s + 0.4


@pytest.mark.parametrize(("read_s", "readings"), [(0.3, 2), (0.6, 1)])
def test_a_meter_that_is_too_slow_is_hardly_read_and_is_a_reason(on, read_s, readings):
    device = on(Device(idle=1.0, busy=9.0, read_s=(read_s,)))
    found = per_row(device.score, ROWS, Windows(0.5, 0.1, 0.1, 0.5), "auto", "cpu")
    assert (found.uj, device.readings, found.calls) == (None, readings, 0)
    assert found.reading.reason == (
        f"reading the fake took {read_s:.2f} s, and 12 readings do not fit into the 0.5 s that this "
        "--measure has for energy"
    )


def test_a_meter_that_starts_slowly_once_is_not_slow(on):
    device = on(Device(idle=1.0, busy=9.0, read_s=(0.4, *[0.001] * 30)))
    found = per_row(device.score, ROWS, Windows(0.5, 0.1, 0.1, 1.2), "auto", "cpu")
    assert (found.uj, device.readings) == (pytest.approx(90_000, rel=0.1), 22)


def test_windows_grow_only_while_there_is_time(on):
    windows = Windows(0.5, 0.1, 0.4, 1.5)
    device = on(Device(idle=0.0, busy=10.0, resolution_j=0.1))
    found = per_row(device.score, ROWS, windows, "auto", "cpu")
    assert found.reading.seconds == pytest.approx(5 * 0.1, abs=0.06)


def test_rows_that_were_scored_are_counted_where_there_is_no_energy(on):
    found = per_row(on(Device(idle=8.0, busy=0.0)).score, ROWS, SHORT, "auto", "cpu")
    assert found.uj is None
    assert found.calls * 0.01 == pytest.approx(found.reading.seconds, abs=0.1)
    assert found.calls > 0


def test_energy_per_row_is_a_mean_of_windows_with_an_interval(on):
    found = per_row(on(Device(idle=5.0, busy=2.0, jitter=0.4)).score, ROWS, SHORT, "auto", "cpu")
    assert 0.0 < found.half < 5_000
    assert abs(found.uj - 22_000) <= found.half
    assert found.reading.idle.mean == pytest.approx(5.0)


def test_windows_grow_until_the_meter_can_tell(on):
    device = on(Device(idle=0.0, busy=10.0, resolution_j=0.1))
    found = per_row(device.score, ROWS, SHORT, "auto", "cpu")
    assert found.reading.seconds == pytest.approx(5 * 0.2, abs=0.06)
    assert found.uj == pytest.approx(100_000, rel=0.1)
    coarse = on(Device(idle=0.0, busy=10.0, resolution_j=1.0))
    longest = per_row(coarse.score, ROWS, SHORT, "auto", "cpu")
    assert longest.reading.seconds == pytest.approx(5 * 0.4, abs=0.1), "but not for ever"


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (Device(idle=8.0, busy=0.0), "below the meter's resolution: "),
        (Device(idle=8.0, busy=1.0, resolution_j=64.0), "the meter read 0 J: below its resolution"),
        (Device(idle=8.0, busy=1.0, fault="stop"), "broke at stop"),
    ],
)
def test_energy_per_row_that_cannot_be_told_is_missing_with_the_reason(on, device, reason):
    found = per_row(on(device).score, ROWS, SHORT, "auto", "cpu")
    assert (found.uj, found.half) == (None, None)
    assert found.reading.reason.startswith(reason)


def test_a_modelled_figure_has_no_interval(on):
    found = per_row(on(Device(0.0, 2.0, whole=False)).score, ROWS, SHORT, "auto", "cpu")
    assert (found.uj, found.half) == (pytest.approx(20_000), None)


def test_another_programs_work_is_measured_as_ones_own_is_and_never_modelled(on):
    def work_of(device):
        def work(seconds: float) -> int:
            for _ in range(calls := round(seconds / 0.01)):
                device.score(None)
            return calls

        return work

    measured, modelled = on(Device(idle=5.0, busy=2.0)), Device(0.0, 2.0, whole=False)
    found = of_work(work_of(measured), SHORT, "auto", "cpu", elsewhere=True)
    assert (found.uj, found.reading.method) == (pytest.approx(20_000), "rapl")
    assert found.calls > 5
    missing = of_work(work_of(on(modelled)), SHORT, "auto", "cpu", elsewhere=True)
    assert (missing.uj, missing.calls, missing.reading.method) == (None, 0, "none")
    assert missing.reading.reason == (
        "codecarbon models the processor time of this process, and what scores is a program of its "
        "own: name a meter with --meter"
    )


def test_a_meter_that_is_not_there_is_a_reason(on, nvml):
    nvml(fault="Driver Not Loaded")
    found = per_row(lambda row: None, ROWS, SHORT, "auto", "cuda")
    assert (found.uj, found.reading.method) == (None, "none")
    assert found.reading.reason.startswith("there is no GPU to measure: ")


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
