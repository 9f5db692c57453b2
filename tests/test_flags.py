import pytest

from idsbench.flags import FLAGS, known, score_flags

QUIET = {
    "variant": "full",
    "fpr": 0.01,
    "fpr_low": 0.005,
    "fpr_interval": "cluster:stream",
    "n_benign_groups": 20,
    "rows_test": 1000,
    "leaked_rows": 10,
    "synthetic_share_benign": 0.0,
    "achieved_fpr_1pct": 0.012,
    "energy_method": "rapl",
}


def test_every_flag_is_lower_case_words_and_explained_in_one_sentence():
    for flag, sentence in FLAGS.items():
        assert set(flag) <= set("abcdefghijklmnopqrstuvwxyz-")
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0
        assert known(flag)


def test_a_sound_record_raises_no_flag():
    assert score_flags(QUIET) == []


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"variant": "stand-in"}, "stand-in"),
        ({"synthetic_share_benign": 0.1}, "synthetic-test-rows"),
        ({"leaked_rows": 11}, "leaked-rows"),
        ({"fpr_interval": "cluster:vector"}, "group-missing"),
        ({"n_benign_groups": 19}, "interval-unreliable"),
        ({"achieved_fpr_1pct": None}, "few-benign-validation"),
        ({"energy_method": "model", "energy_uj_per_row": 1.0}, "modelled-energy"),
    ],
)
def test_each_value_raises_its_own_flag(change, flag):
    assert score_flags(QUIET | change) == [flag]


@pytest.mark.parametrize("row", [{}, dict.fromkeys(QUIET)])
def test_a_record_without_scores_raises_no_flag(row):
    assert score_flags(row) == []


def test_a_word_outside_the_vocabulary_is_not_known():
    assert not known("standin")
