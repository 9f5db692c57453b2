"""Records become series: one detector under one protocol after another, seeds merged."""

from __future__ import annotations

from idsbench.ranking import Line, rows
from idsbench.worth_series import Range, as_rows, flags_of, range_of, series_of, shift_of, whole


def _line(*records):
    return Line(tuple(rows(records)))


def test_seeds_are_merged_and_protocols_stand_in_the_order_of_the_ladder(record):
    records = [record("grouped", 1), record("paper-whole"), record("grouped"), record("clean")]
    (one,) = series_of(records)
    assert list(one.steps) == ["paper-whole", "clean", "grouped"]
    assert [row["seed"] for row in one.steps["grouped"].rows] == [0, 1]


def test_detectors_samplers_and_files_are_never_merged(record):
    records = [
        record(protocol, model=model, sampler=sampler, origin_sha256=file)
        for protocol in ("clean", "grouped")
        for model in ("a", "b")
        for sampler in ("none", "smote")
        for file in ("1", "2")
    ]
    assert len(series_of(records)) == 8


def test_what_was_run_under_one_protocol_only_compares_nothing(record):
    assert series_of([record("clean"), record("clean", 1), record("temporal")]) == []


def test_folds_and_protocols_outside_of_the_ladder_are_left_out(record):
    records = [record("clean"), record("grouped", fold="fold=1"), record("temporal")]
    assert series_of(records) == []


def test_a_range_has_the_mean_the_least_and_the_greatest_value(record):
    line = _line(record(fpr=0.5), record(seed=1, fpr=0.25), record(seed=2, fpr=0.0))
    assert range_of(line, "fpr") == Range(0.25, 0.0, 0.5, 3)


def test_a_mean_of_equal_values_does_not_leave_their_range(record):
    line = _line(*(record(seed=seed, fpr=0.1) for seed in range(3)))
    assert range_of(line, "fpr") == Range(0.1, 0.1, 0.1, 3)


def test_a_seed_that_failed_or_has_no_value_leaves_no_range(record):
    failed = _line(record(), record(seed=1, status="failed", fpr=None))
    assert range_of(failed, "fpr") is None
    assert range_of(_line(record(), record(seed=1, fpr_unseen=None)), "fpr_unseen") is None


def test_a_shift_is_taken_seed_by_seed(record):
    line = _line(record(fpr=0.5), record(seed=1, fpr=0.25))
    base = _line(record(fpr=0.25), record(seed=1, fpr=0.5))
    assert shift_of(line, base, "fpr") == Range(0.0, -0.25, 0.25, 2)


def test_a_shift_needs_the_same_seeds_on_both_sides(record):
    line, base = _line(record(), record(seed=1)), _line(record(), record(seed=2))
    assert shift_of(line, base, "fpr") is None
    assert shift_of(line, None, "fpr") is None


def test_flags_of_any_seed_and_the_ends_of_counts_are_given(record):
    line = _line(record(flags=["a"]), record(seed=1, flags=["b", "a"], leaked_rows=7))
    assert (flags_of(line), whole(line, "leaked_rows")) == (["a", "b"], (7, 10))
    assert whole(_line(record(leaked_rows=None)), "leaked_rows") is None


def test_programs_get_one_flat_row_for_each_protocol(record):
    records = [record(), record("paper-whole", fpr=0.125), record("paper-whole", 1)]
    first, second = as_rows(series_of(records))
    assert (first["protocol"], first["seeds"], first["complete"]) == ("paper-whole", [0, 1], True)
    assert (first["fpr"], first["fpr_least"], first["fpr_greatest"]) == (0.1875, 0.125, 0.25)
    assert first["fpr_less_clean"] is None  # clean has not both seeds
    assert (second["fpr_less_clean"], second["rows_test_least"]) == (0.0, 100)
