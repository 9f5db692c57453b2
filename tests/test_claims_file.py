"""A file of claims keeps the digits as printed, and a wrong one is told in plain sentences."""

from __future__ import annotations

from decimal import Decimal

import pytest

from idsbench.claims_file import parse_claims, read_claims
from idsbench.claims_scores import Sizes
from idsbench.errors import RequestError

HEAD = 'claim = "x"\npaper = "y"\nunit = "percent"\n'
COUNTS = "[counts]\ntest = { attack = 5, benign = 5 }\n"
ROW = '[[rows]]\nname = "r"\nscores = { accuracy = 90.0 }\n'


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        parse_claims(text, "f.toml")
    return caught.value.problems


def test_a_number_keeps_the_digits_it_was_printed_with():
    (claim,) = parse_claims(HEAD + COUNTS + ROW.replace("90.0", "94.20"), "f.toml")
    assert str(claim.scores["accuracy"]) == "94.20"
    assert claim.sizes == {"test": Sizes(5, 5)}
    assert (claim.counts, claim.percent, claim.test_share, claim.days) == ("test", True, None, None)


def test_a_whole_number_has_no_digit_after_the_point():
    (claim,) = parse_claims(HEAD + COUNTS + ROW.replace("90.0", "100"), "f.toml")
    assert claim.scores == {"accuracy": Decimal(100)}


WRONG = {
    "not toml": ("x = ", "f.toml: is no TOML: Invalid value (at end of document)"),
    "unknown key": (
        HEAD + "colour = 1\n" + COUNTS + ROW,
        "f.toml: unknown key 'colour': there are: claim, counts, days, paper, rows, test_share, unit",
    ),
    "unknown metric": (
        HEAD + COUNTS + ROW.replace("accuracy", "acuracy"),
        "f.toml: [rows 1.scores]: unknown key 'acuracy': did you mean accuracy?",
    ),
    "no counts": (
        HEAD + ROW,
        "f.toml: the table [counts] is missing; it names rows of original, balanced, test",
    ),
    "half the counts": (
        HEAD + COUNTS.replace(", benign = 5", "") + ROW,
        "f.toml: [counts.test]: the count 'benign' is missing",
    ),
    "no rows of a class": (
        HEAD + COUNTS.replace("benign = 5", "benign = 0") + ROW,
        "f.toml: [counts.test]: benign = 0 is not a count from 1 to 10,000,000,000",
    ),
    "beyond 100 percent": (
        HEAD + COUNTS + ROW.replace("90.0", "100.1"),
        "f.toml: [rows 1.scores]: accuracy = 100.1 is no percent from 0 to 100",
    ),
    "percent called fraction": (
        HEAD.replace("percent", "fraction") + COUNTS + ROW,
        "f.toml: [rows 1.scores]: accuracy = 90.0 is no fraction from 0 to 1; for percent write "
        'unit = "percent"',
    ),
    "fraction called percent": (
        HEAD + COUNTS + ROW.replace("90.0", "0.90"),
        "f.toml: [rows 1.scores]: accuracy = 0.90 as percent looks like a fraction; write "
        'unit = "fraction"',
    ),
    "a text": (
        HEAD + COUNTS + ROW.replace("90.0", '"90.0"'),
        "f.toml: [rows 1.scores]: accuracy = 90.0 is no percent from 0 to 100",
    ),
    "not a number": (
        HEAD + COUNTS + ROW.replace("90.0", "nan"),
        "f.toml: [rows 1.scores]: accuracy = NaN is no percent from 0 to 100",
    ),
    "no unit": (
        HEAD.replace('unit = "percent"\n', "") + COUNTS + ROW,
        "f.toml: the key 'unit' is missing",
    ),
    "no rows": (
        HEAD + COUNTS,
        "f.toml: there is no row; write [[rows]] with a name and scores",
    ),
    "no scores": (
        HEAD + COUNTS + '[[rows]]\nname = "r"\n',
        "f.toml: [rows 1]: the table 'scores' is missing",
    ),
    "empty scores": (
        HEAD + COUNTS + '[[rows]]\nname = "r"\nscores = {}\n',
        "f.toml: [rows 1.scores]: holds no score; there are: fpr, specificity, accuracy, precision, "
        "recall, f1, balanced_accuracy, auc_roc",
    ),
    "unknown table": (
        HEAD + COUNTS + ROW + 'counts = "original"\n',
        "f.toml: [rows 1]: counts = 'original': there are: test",
    ),
    "a share in percent": (
        HEAD + "test_share = 15\n" + COUNTS + ROW,
        "f.toml: test_share = 15 is no fraction below 1; 15 % is 0.15",
    ),
    "the same name twice": (
        HEAD + COUNTS + ROW + ROW,
        "f.toml: [rows 2]: a row with the name 'r' is there already",
    ),
    "days of nothing": (
        HEAD + "days = 0\n" + COUNTS + ROW,
        "f.toml: days = 0 is not a number above 0",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_told_in_one_sentence(case):
    text, sentence = WRONG[case]
    assert _problems(text) == (sentence,)


def test_all_mistakes_are_told_at_once():
    text = HEAD + "colour = 1\ndays = 0\n" + COUNTS + ROW
    assert len(_problems(text)) == 2


def test_two_tables_need_a_row_that_names_its_own():
    text = HEAD + COUNTS.replace("test", "original") + "balanced = { attack = 5, benign = 5 }\n"
    assert _problems(text + ROW) == ("f.toml: [rows 1]: the key 'counts' is missing",)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = [" * 5000])
def test_a_file_that_is_no_toml_is_no_traceback(tmp_path, content):
    path = tmp_path / "f.toml"
    path.write_bytes(content)
    with pytest.raises(RequestError):
        read_claims(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "f.toml"
    with pytest.raises(RequestError) as caught:
        read_claims(path)
    assert caught.value.problems == (f"{path}: cannot be read (No such file or directory)",)
