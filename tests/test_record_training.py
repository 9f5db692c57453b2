"""The energy of a training stands only under the meter that told it."""

from __future__ import annotations

import pytest

from idsbench.record_training import of_this_meter

TRAINED = {
    **{"train_s": 1.0, "train_energy_j": 5.0, "energy": {"seconds": 1.0}, "energy_reason": ""},
    **{"energy_method": "meter", "energy_detail": "file a.m", "meter": "/x/a.m"},
}


def _cost(meter: str, method: str = "meter") -> dict[str, str]:
    return {"meter": meter, "energy_method": method}


def test_the_same_meter_keeps_its_figure():
    assert of_this_meter(TRAINED, _cost("/x/a.m")) == TRAINED
    unread = {**TRAINED, "train_energy_j": None, "energy_reason": "the file a.m gave -5 J"}
    assert of_this_meter(unread, _cost("/x/a.m", "none")) == unread


@pytest.mark.parametrize("now", ["/y/a.m", "cat /x/a.m", "rapl", "auto", "none"])
@pytest.mark.parametrize("figure", [5.0, None])
def test_the_figure_or_the_failure_of_another_meter_is_not_this_ones(now, figure):
    trained = {**TRAINED, "train_energy_j": figure, "energy_reason": "" if figure else "bad"}
    assert of_this_meter(trained, _cost(now)) == {
        "train_s": 1.0,
        "train_energy_j": None,
        "energy": {},
        "energy_method": "none",
        "energy_detail": "",
        "energy_reason": "trained earlier, under --meter a.m; --fresh trains it under this one",
        "meter": "/x/a.m",
    }


@pytest.mark.parametrize("method", ["model", "rapl", "nvml"])
def test_one_source_asked_for_in_two_ways_is_one(method):
    trained = {**TRAINED, "meter": "auto", "energy_method": method}
    assert of_this_meter(trained, _cost(method, method)) == trained
    assert of_this_meter(trained, _cost("/x/a.m", "meter"))["train_energy_j"] is None


def test_a_training_that_does_not_know_its_meter_is_left_as_it_is():
    unknown = {key: value for key, value in TRAINED.items() if key != "meter"}
    assert of_this_meter(unknown, _cost("rapl", "rapl")) == unknown
    assert of_this_meter(TRAINED, {"energy_method": "rapl"}) == TRAINED
