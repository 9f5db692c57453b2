"""A budget is a limit that is kept, missed, or not known to be kept; mistakes are told at once."""

from __future__ import annotations

import pytest

from idsbench.budgets import Budget, judge, measured_value, parse_budgets
from idsbench.errors import RequestError


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        parse_budgets(text)
    return tuple(caught.value.problems)


def test_limits_are_numbers_in_the_keys_own_unit():
    assert parse_budgets("size_bytes=3e5, latency_p99_us=500") == (
        Budget("size_bytes", 300_000.0),
        Budget("latency_p99_us", 500.0),
    )


def test_every_mistake_is_told_at_once_with_the_nearest_names():
    assert _problems("size_byte=5,latency_p99_us=fast,fpr=-1,recall,=5,fpr=0.1,fpr=0.2") == (
        "--budget size_byte: no such score; did you mean size_bytes or code_bytes?",
        "--budget latency_p99_us=fast: expected a number of at least 0",
        "--budget fpr=-1: expected a number of at least 0",
        "--budget 'recall' is not of the form key=number",
        "--budget '=5' is not of the form key=number",
        "--budget fpr is given twice: give one limit",
    )


@pytest.mark.parametrize(
    "value", ["", "nan", "inf", "1e999", "-0.1", "5MB", "\u0663", "1_0", "\u00b2", ".", "e3"]
)
def test_what_is_no_limit_is_refused(value):
    assert _problems(f"size_bytes={value}") == (
        f"--budget size_bytes={value}: expected a number of at least 0",
    )


@pytest.mark.parametrize("key", ["recall", "mcc", "fpr_high", "tpr_at_fpr_1pct", "agreement"])
def test_a_limit_that_no_row_or_every_row_keeps_is_refused(key):
    assert _problems(f"{key}=1.5") == (f"--budget {key}=1.5: expected a fraction from 0 to 1",)
    assert parse_budgets(f"{key}=1.0") == (Budget(key, 1.0),)


@pytest.mark.parametrize("key", ["throughput_rows_per_s", "leaked_rows", "false_alarms_per_day"])
def test_counts_and_costs_may_have_any_limit(key):
    assert parse_budgets(f"{key}=+.15E1") == (Budget(key, 1.5),)


def test_keys_that_do_not_rank_have_no_budget():
    (problem,) = _problems("seen_share=0.5")
    assert problem.startswith("--budget seen_share: no such score; ")


@pytest.mark.parametrize(
    ("key", "value", "missed"),
    [("fpr", 0.1, False), ("fpr", 0.11, True), ("recall", 0.1, False), ("recall", 0.09, True)],
)
def test_the_limit_itself_is_kept_and_the_direction_is_the_keys_own(key, value, missed):
    assert Budget(key, 0.1).missed_by(value) is missed


def test_a_value_that_was_not_measured_is_not_kept_and_not_missed():
    budgets = parse_budgets("fpr=0.1,size_bytes=10")
    values = {"fpr": 0.05, "size_bytes": None}
    verdict = judge(budgets, values.get)
    assert (verdict.over, verdict.unknown, verdict.within) == ((), ("size_bytes",), None)
    values["fpr"] = 0.5
    assert judge(budgets, values.get).within is False
    assert judge(budgets, {"fpr": 0.1, "size_bytes": 1}.get).within is True


def test_modelled_energy_meets_no_budget():
    row = {"energy_uj_per_row": 5.0, "energy_method": "model", "fpr": float("nan"), "f1": True}
    assert measured_value(row, "energy_uj_per_row") is None
    assert measured_value({**row, "energy_method": "rapl"}, "energy_uj_per_row") == 5.0
    assert [measured_value(row, key) for key in ("fpr", "f1", "recall")] == [None] * 3
