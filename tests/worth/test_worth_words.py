"""What the page says beside its table follows from the records."""

from __future__ import annotations

from idsbench.worth_series import series_of
from idsbench.worth_words import findings, limits, notes


def _limits(*records) -> str:
    return "\n".join(limits(series_of(records)))


def test_what_it_shows_names_the_share_of_synthetic_rows(record):
    records = [
        record("paper-whole", fpr=0.125, fpr_real=0.5, synthetic_share_benign=0.9),
        record("clean"),
        record("grouped"),
        record("grouped", 1, status="failed", fpr=None),
    ]
    assert list(findings(series_of(records))) == [
        "cnn, none: FPR 0.125 under paper-whole (0.500 on captured rows; 90 % of its benign test rows are "
        "synthetic), 0.250 under clean, grouped: not every seed is ok."
    ]


def test_an_excerpt_states_its_share_and_generated_rows_are_called_so(record):
    text = _limits(record("clean"), record("grouped"))
    assert "The data are an excerpt, 1 % of the published rows" in text
    text = _limits(*(record(p, variant="stand-in", coverage=None) for p in ("clean", "grouped")))
    assert text.startswith(
        "The rows were generated: these figures say nothing about real detectors."
    )


def test_one_seed_and_several_are_told_apart(record):
    one = _limits(record("clean"), record("grouped"))
    assert "There is one seed" in one
    several = _limits(*(record(p, seed) for p in ("clean", "grouped") for seed in range(3)))
    assert "the least and the greatest of 3 seeds" in several
    assert "it is no confidence interval" in several


def test_few_benign_rows_are_counted_without_synthetic_ones(record):
    text = _limits(
        record("paper-whole", n_benign=800, synthetic_share_benign=0.95),
        record("clean", n_benign=54),
    )
    assert "as few as 40 captured benign test rows and 8 groups" in text
    assert "one false alarm more or less is 2.5 percentage points" in text


def test_missing_scores_are_explained_only_where_they_are_missing(record):
    assert "is missing" not in _limits(record("clean"), record("grouped"))
    text = _limits(record("clean", tpr_at_fpr_1pct=None), record("grouped", fpr_unseen=None))
    assert "TPR at 1% FPR is missing where" in text
    assert "FPR unseen is missing where" in text


def test_grouped_is_said_to_be_the_same_network(record):
    assert "the same network" in _limits(record("clean"), record("grouped"))
    assert "the same network" not in _limits(record("clean"), record("paper-whole"))


def test_grouped_without_a_group_column_is_said_to_keep_equal_rows_only(record):
    text = _limits(record("clean"), record("grouped", flags=["group-missing"]))
    assert "rows of one flow or stream are on both sides" in text
    text = _limits(record("clean", flags=["group-missing"]), record("grouped"))
    assert "on both sides" not in text


def test_rows_with_other_labels_are_told(record):
    text = _limits(record("clean"), record("grouped", flags=["conflicting-labels"]))
    assert "FPR and recall jump from seed to seed" in text
    assert "jump" not in _limits(record("clean"), record("grouped"))


def test_rows_left_out_of_training_are_told(record):
    text = _limits(record("clean", flags=["capped-training-rows"]), record("grouped"))
    assert "were trained on a part of the training rows" in text
    assert "were trained on a part" not in _limits(record("clean"), record("grouped"))


def test_flags_that_limit_a_score_are_explained_with_their_protocols(record):
    records = [
        record("paper-whole", flags=["leaked-rows", "noisy-machine"]),
        record("clean", flags=["leaked-rows", "interval-unreliable"]),
    ]
    assert notes(series_of(records)) == [
        "leaked-rows (paper-whole, clean): More than 1 % of the test rows equal a training row or "
        "share a parent with a synthetic one.",
        "interval-unreliable (clean): The FPR interval rests on fewer than 20 groups of benign rows.",
    ]
