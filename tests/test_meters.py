"""`--meter` names a meter of this machine, or a file or command; what it cannot be is told."""

from __future__ import annotations

import pytest

from idsbench import meter_rapl
from idsbench.meter_codecarbon import Codecarbon
from idsbench.meter_nvml import Nvml
from idsbench.meter_outside import Outside
from idsbench.meter_rapl import Rapl
from idsbench.meters import MeterError, choose, problem_of


@pytest.fixture
def powercap(tmp_path, monkeypatch):
    """Make a processor package with a readable counter."""
    zone = tmp_path / "powercap" / "intel-rapl:0"
    zone.mkdir(parents=True)
    for name, text in (("name", "package-0"), ("max_energy_range_uj", "9"), ("energy_uj", "0")):
        (zone / name).write_text(f"{text}\n")
    monkeypatch.setattr(meter_rapl, "POWERCAP", zone.parent)
    return zone


@pytest.fixture
def no_counters(tmp_path, monkeypatch):
    """Make a machine without counters."""
    monkeypatch.setattr(meter_rapl, "POWERCAP", tmp_path / "nowhere")


def test_a_processors_counters_come_before_a_model_of_it(powercap):
    assert isinstance(choose("auto"), Rapl)
    assert isinstance(choose("codecarbon"), Codecarbon)


def test_codecarbon_is_the_meter_where_there_are_no_counters(no_counters):
    assert isinstance(choose("auto"), Codecarbon)


def test_a_meter_that_was_asked_for_is_not_replaced_by_another(no_counters):
    with pytest.raises(MeterError) as caught:
        choose("rapl")
    assert str(caught.value) == "this machine shows no RAPL counters"


def test_a_gpu_is_measured_by_its_driver_and_never_modelled(nvml):
    nvml()
    assert isinstance(choose("auto", "cuda"), Nvml)
    nvml(fault="Driver Not Loaded")
    with pytest.raises(MeterError) as caught:
        choose("auto", "cuda")
    assert str(caught.value) == (
        "there is no GPU to measure: the NVIDIA driver does not answer (Driver Not Loaded)"
    )


def test_none_is_a_reason():
    with pytest.raises(MeterError) as caught:
        choose("none")
    assert str(caught.value) == "no meter was asked for (--meter none)"


def test_anything_else_is_a_file_or_a_command():
    assert isinstance(choose("echo 1"), Outside)


def test_each_call_makes_another_meter(no_counters):
    assert choose("auto") is not choose("auto")


@pytest.mark.parametrize(
    "which", ["auto", "codecarbon", "rapl", "nvml", "none", "echo 5", __file__]
)
def test_what_can_be_a_meter_is_accepted(which):
    assert problem_of(which) == ""


@pytest.mark.parametrize(
    ("which", "problem"),
    [
        ("rapel", "--meter rapel: there is no such file or command; did you mean rapl?"),
        ("/no/such 3", "--meter /no/such 3: there is no such file or command; "),
        ("", "--meter : there is no such file or command; "),
        ("echo 'x", "--meter echo 'x: cannot be read as a command (No closing quotation)"),
    ],
)
def test_what_cannot_be_a_meter_is_told(which, problem):
    found = problem_of(which)
    assert found == problem or (problem.endswith("; ") and found.startswith(problem))
