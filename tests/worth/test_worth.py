"""The table on what the protocol is worth: means with ranges, nothing where a seed is missing."""

from __future__ import annotations

from idsbench.worth import COLUMNS, label_series, legend, table
from idsbench.worth_series import series_of


def _rows(*records):
    return table(series_of(records))


def test_a_row_shows_each_score_with_its_range(record):
    whole, clean = _rows(
        record("paper-whole", fpr=0.125, fpr_real=0.5, synthetic_share_benign=0.9, leaked_rows=50),
        record("clean"),
    )
    assert whole == {
        "detector": "cnn, none",
        "protocol": "paper-whole",
        "FPR": "0.125",
        "less clean": "-0.125",
        "FPR real": "0.500",
        "FPR unseen": "0.500",
        "recall": "0.750",
        "TPR at 1% FPR": "0.500",
        "leaked rows": "50 (50 %)",
        "test rows": "100; 40; 8",
    }
    assert (clean["less clean"], clean["FPR real"]) == ("-", "= FPR")


def test_seeds_that_differ_give_a_range(record):
    first, _ = _rows(
        *(
            record("clean", seed, fpr=fpr, n_benign=40 + seed)
            for seed, fpr in ((0, 0.5), (1, 0.25))
        ),
        record("grouped"),
    )
    assert first["FPR"] == "0.375 [0.250, 0.500]"
    assert first["test rows"] == "100; 40-41; 8"


def test_a_shift_too_small_to_show_has_no_sign(record):
    first, _ = _rows(record("grouped", fpr=0.25001), record("clean"))
    assert first["less clean"] == "-"
    assert _rows(record("grouped", fpr=0.25001), record("clean"))[1]["less clean"] == "0"


def test_a_row_with_a_failed_seed_has_no_means(record):
    first, _ = _rows(
        record("clean"), record("clean", 1, status="failed", fpr=None), record("grouped")
    )
    assert first == {
        "detector": "cnn, none",
        "protocol": "clean",
        "FPR": "incomplete: 1 of 2 seeds ok",
    }


def test_detectors_are_named_by_what_sets_them_apart(record):
    records = [
        record(protocol, sampler=sampler, model="cnn[size=8,epochs=2]")
        for protocol in ("clean", "grouped")
        for sampler in ("none", "smote[k=3]")
    ]
    assert label_series(series_of(records)) == ["cnn, none", "cnn, smote"]
    records += [record(protocol, model="cnn[size=9,epochs=2]") for protocol in ("clean", "grouped")]
    assert label_series(series_of(records)) == [
        "cnn[size=8], none",
        "cnn[size=9], none",
        "cnn[size=8], smote",
    ]
    assert label_series([]) == []


def test_every_column_of_the_table_is_explained(record):
    row, _ = _rows(record("paper-whole"), record("clean"))
    assert len(legend(row)) == len(row) - 2 == len(COLUMNS)
