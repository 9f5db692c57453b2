"""A cell stands while its record is what is asked for now; measuring again is not training again."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from idsbench.plan import Request, make_plan
from idsbench.resume import is_finished, meter_label
from idsbench.run import Options, run
from idsbench.view import SilentView

CELL = SimpleNamespace(id="0" * 16, fingerprint="f")


def _record(status: str = "ok", method: str = "model", **environment: str) -> dict:
    return {
        "status": status,
        "fingerprint": "f",
        "energy_method": method,
        "environment": {"measure": "quick", "meter": "auto", **environment},
    }


def _stands(record: dict, measure: str = "quick", meter: str = "auto") -> bool:
    return is_finished(CELL, {CELL.id: record}, (), measure, meter)


@pytest.mark.parametrize(
    ("measured", "asked", "stands"),
    [
        ("quick", "quick", True),
        ("quick", "thorough", False),
        ("thorough", "thorough", True),
        ("thorough", "quick", True),
    ],
)
def test_more_effort_than_was_made_is_measured_again_and_less_is_not(measured, asked, stands):
    assert _stands(_record(measure=measured), asked) is stands


@pytest.mark.parametrize(
    ("record", "asked", "stands"),
    [
        (_record(meter="rapl"), "auto", True),
        (_record(meter="rapl"), "rapl", True),
        (_record(meter="rapl"), "codecarbon", False),
        (_record(), "codecarbon", True),
        (_record(method="rapl"), "codecarbon", False),
        (_record(), "none", False),
        (_record(), "joules.txt", False),
        (_record(meter=meter_label("joules.txt")), "joules.txt", True),
        (_record(meter=meter_label("joules.txt")), "other.txt", False),
        (_record(meter=meter_label("read a")), "read b", False),
    ],
)
def test_another_meter_that_is_named_is_asked_and_auto_takes_what_there_is(record, asked, stands):
    assert _stands(record, meter=asked) is stands


@pytest.mark.parametrize("status", ["skipped", "failed", "timeout", "oom", "invalid"])
def test_what_has_no_figures_is_not_tried_again_for_them(status):
    assert _stands(_record(status), "thorough", "none")


def test_a_record_of_an_earlier_version_stands_for_a_plain_request():
    old = {key: value for key, value in _record().items() if key != "environment"}
    assert _stands(old)
    assert not _stands(old, "thorough")


@pytest.mark.parametrize("environment", [None, [], "quick"])
def test_an_environment_of_another_form_is_no_reason_to_break(environment):
    assert not _stands({**_record(), "environment": environment}, "thorough")


def test_the_name_of_a_meter_tells_no_folder(tmp_path):
    file = tmp_path / "my meter.txt"
    file.write_text("1")
    assert meter_label(str(file)).startswith("my meter.txt ")
    assert meter_label(f"{tmp_path}/read -v").startswith("read ")
    assert str(tmp_path) not in meter_label(f"{tmp_path}/read {tmp_path}")
    assert [meter_label(name) for name in ("auto", "rapl")] == ["auto", "rapl"]


def test_a_cell_is_measured_again_with_the_training_that_it_had(faults, tmp_path):
    plan = make_plan(faults, Request("toy", models="faulty", baselines=False))

    def go(**asked: str) -> dict:
        (record,) = run(faults, plan, replace(Options(tmp_path), **asked), SilentView())
        return record

    first = go()
    other = go(meter="none")
    assert (first["environment"]["meter"], other["environment"]["meter"]) == ("auto", "none")
    assert other["unmeasured"]["energy_uj_per_row"] == "no meter was asked for (--meter none)"
    assert other["train_s"] == first["train_s"], "it was not trained again"
    assert go() == go(meter="none") == other
