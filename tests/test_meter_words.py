"""A meter that the user named and that gave nothing is told at the end of the run."""

from __future__ import annotations

from idsbench.meter_words import meter_lines
from idsbench.record_training import EARLIER


def _record(**missing: str) -> dict[str, object]:
    return {"status": "ok", "unmeasured": {"macs": "not counted", **missing}}


def _backwards(joules: float) -> str:
    return f"the file m went backwards, from {joules + 1:g} to {joules:g} J"


def test_a_reason_is_told_once_however_many_cells_and_whatever_its_numbers():
    records = [
        _record(energy_uj_per_row=_backwards(9), train_energy_j=_backwards(8)),
        _record(energy_uj_per_row=_backwards(1e-7), train_energy_j="the phase lasted 0.01 s"),
        _record(),
        {"status": "skipped", "reason": "no ONNX form"},
    ]
    assert meter_lines("m", records) == [
        "--meter gave no energy in 2 of 3 cells: the file m went backwards, from 10 to 9 J",
        "--meter gave no energy in 1 of 3 cells: the phase lasted 0.01 s",
    ]


def test_a_meter_that_gave_energy_or_that_nobody_named_is_not_spoken_of():
    assert meter_lines("m", [_record()]) == []
    for meter in ("auto", "none"):
        assert meter_lines(meter, [_record(train_energy_j="no meter")]) == []


def test_a_training_under_the_meter_of_an_earlier_run_is_not_told_of_this_one():
    earlier = EARLIER + "--meter text.m; --fresh trains it under this one"
    records = [_record(energy_uj_per_row="the file neg.m gave -5 J", train_energy_j=earlier)]
    assert meter_lines("neg.m", records) == [
        "--meter gave no energy in 1 of 1 cell: the file neg.m gave -5 J"
    ]
    assert meter_lines("neg.m", [_record(train_energy_j=earlier)]) == []
