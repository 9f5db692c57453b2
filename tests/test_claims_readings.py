"""Which test sets and scores are tried, and which of them is the plain reading."""

from __future__ import annotations

from idsbench.claims_file import parse_claims
from idsbench.claims_readings import readings_of, try_reading
from idsbench.claims_scores import SCORINGS, Sizes

HEAD = 'claim = "x"\npaper = "y"\nunit = "percent"\n'
ROW = '[[rows]]\nname = "r"\ncounts = "balanced"\nscores = { recall = 90 }\n'
BOTH = (
    "[counts]\noriginal = { attack = 50, benign = 150 }\nbalanced = { attack = 50, benign = 50 }\n"
)


def _readings(text: str):
    (claim,) = parse_claims(text, "f")
    return list(readings_of(claim))


def test_a_share_adds_both_mixes_and_the_plain_ones_come_first():
    readings = _readings(HEAD + "test_share = 0.15\n" + BOTH + ROW)
    tests = [reading.test for reading in readings if reading.scoring == "attack"]
    assert tests == [
        *("the whole balanced table", "15 % of the balanced table", "15 % at the original mix"),
    ]
    assert [reading.plain for reading in readings] == [True, True] + 13 * [False]
    assert {reading.scoring for reading in readings} == set(SCORINGS)


def test_without_a_share_the_whole_table_is_the_test_set():
    readings = _readings(HEAD + BOTH + ROW)
    assert {reading.test for reading in readings} == {"the whole balanced table"}


def test_a_published_test_set_leaves_nothing_to_guess():
    text = HEAD + "test_share = 0.15\n" + BOTH + "test = { attack = 7, benign = 8 }\n"
    readings = _readings(text + ROW.replace("balanced", "test"))
    assert {(one.test, one.sizes) for one in readings} == {
        ("the published test set", (Sizes(7, 8),))
    }


def test_a_share_that_is_no_whole_number_is_rounded_both_ways():
    readings = _readings(HEAD + "test_share = 0.15\n" + BOTH + ROW)
    (sizes,) = {one.sizes for one in readings if one.test == "15 % at the original mix"}
    assert sizes == (Sizes(8, 23), Sizes(8, 22), Sizes(7, 23), Sizes(7, 22))


def test_the_neighbour_that_fits_is_taken():
    text = HEAD + "test_share = 0.15\n" + BOTH + ROW.replace("90", "85.71")  # 6 of 7
    (claim,) = parse_claims(text, "f")
    (reading,) = [
        one
        for one in readings_of(claim)
        if one.test == "15 % at the original mix" and one.scoring == "attack"
    ]
    result = try_reading(claim, reading)
    assert (result.possible, result.sizes, result.found.missed) == (True, Sizes(7, 23), (1, 1))


def test_a_small_share_leaves_a_row_of_each_class():
    readings = _readings(HEAD + "test_share = 0.01\n" + BOTH.replace("= 50", "= 9") + ROW)
    (sizes,) = {one.sizes for one in readings if one.test == "1 % at the original mix"}
    assert sizes == (Sizes(1, 2), Sizes(1, 1))
