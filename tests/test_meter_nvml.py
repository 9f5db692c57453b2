"""A GPU's energy is the difference of its driver's counter."""

from __future__ import annotations

import pytest

from idsbench.meter_nvml import Nvml
from idsbench.meters import MeterError


def test_millijoules_become_joules(nvml):
    fake = nvml()
    fake.millijoules = 5_000
    meter = Nvml()
    meter.start()
    fake.millijoules = 7_500
    assert meter.stop() == 2.5
    assert (meter.method, meter.detail) == ("nvml", "NVML board of fake 0")


def test_what_was_counted_before_the_start_is_not_the_phases(nvml):
    fake = nvml()
    meter = Nvml()
    fake.millijoules = 9_000
    meter.start()
    assert meter.stop() == 0.0


def test_a_counter_that_went_backwards_is_told(nvml):
    fake = nvml()
    fake.millijoules = 9_000
    meter = Nvml()
    meter.start()
    fake.millijoules = 0
    with pytest.raises(MeterError) as caught:
        meter.stop()
    assert str(caught.value) == (
        "the GPU's energy counter went backwards: its driver was loaded anew"
    )


def test_a_gpu_without_a_counter_is_told(nvml, monkeypatch):
    fake = nvml()

    def refuse(handle):
        raise fake.NVMLError("Not Supported")

    monkeypatch.setattr(fake, "nvmlDeviceGetTotalEnergyConsumption", refuse)
    with pytest.raises(MeterError) as caught:
        Nvml()
    assert str(caught.value) == (
        "there is no GPU to measure: the NVIDIA driver refuses (Not Supported)"
    )
