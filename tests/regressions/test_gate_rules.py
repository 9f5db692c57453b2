"""Limits of a gate: read from flags and files, and refused with a sentence where they are wrong."""

from __future__ import annotations

import pytest

from idsbench.cli import main
from idsbench.errors import RequestError
from idsbench.gate_rules import Limit, make_rules


def _wrong(flags: dict[str, object]) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        make_rules(flags)
    return caught.value.problems


def test_without_rules_the_limits_are_those_of_the_interface():
    rules = make_rules({})
    assert {key: limit.relative for key, limit in rules.limits.items()} == {
        "fpr": 0.1,
        "recall": 0.05,
        "parameters": 0.02,
        "size_bytes": 0.02,
    }
    assert not rules.strict


@pytest.mark.parametrize("text", ["12.5%", "12.5 %", "12.5%,0"])
def test_a_limit_is_a_share_with_its_sign(text):
    assert make_rules({"max-fpr-increase": text}).limits["fpr"].relative == 0.125


def test_an_absolute_floor_follows_a_comma():
    limit = make_rules({"max-fpr-increase": "10%,0.0005"}).limits["fpr"]
    assert limit == Limit("max-fpr-increase", 0.1, 0.0005)


@pytest.mark.parametrize("text", ["10", "0.1"])
def test_a_number_without_its_sign_is_refused_with_what_may_be_meant(text):
    assert _wrong({"max-fpr-increase": text}) == (
        f"--max-fpr-increase is '{text}': a limit is a share of the old value with its percent "
        f"sign; write {text}% if that is meant",
    )


def test_everything_that_is_wrong_is_said_at_once():
    problems = _wrong({"max-fpr-increase": "ten", "max-size-increase": "-2%"})
    ending = "a limit is a share of the old value with its percent sign; write 10%"
    assert problems == (
        f"--max-fpr-increase is 'ten': {ending}",
        "--max-size-increase is '-2%': a limit is not negative; write 2%",
    )


def test_a_floor_that_is_no_number_is_refused():
    assert _wrong({"max-fpr-increase": "10%,low"}) == (
        "--max-fpr-increase: the absolute floor 'low' is no number; write 0.0005",
    )


def test_none_takes_a_limit_away():
    assert set(make_rules({"max-size-increase": "none"}).limits) == {"fpr", "recall"}


@pytest.fixture
def config(tmp_path):
    def write(text: str):
        path = tmp_path / "pyproject.toml"
        path.write_text(f"[tool.idsbench.gate]\n{text}\n")
        return path

    return write


def test_a_file_gives_rules_and_a_flag_stands_before_it(config):
    path = config(
        'max-fpr-increase = "20%"\nmax-latency_p95_us-increase = "50%"\nstrict = true\n'
        'max-size-increase = { relative = "3%", absolute = 100 }'
    )
    rules = make_rules({"max-fpr-increase": "30%"}, path)
    assert rules.strict
    assert rules.limits["fpr"].relative == 0.3
    assert rules.limits["latency_p95_us"].relative == 0.5
    assert rules.limits["size_bytes"] == Limit("max-size-increase", 0.03, 100.0)


def test_a_rule_for_a_metric_that_does_not_exist_is_refused(config):
    path = config('max-frp-increase = "10%"')
    with pytest.raises(RequestError) as caught:
        make_rules({}, path)
    assert str(caught.value) == (
        f"{path}: max-frp-increase: there is no metric frp; did you mean fpr?"
    )


def test_a_rule_the_wrong_way_round_is_refused(config):
    path = config('max-recall-increase = "10%"')
    with pytest.raises(RequestError) as caught:
        make_rules({}, path)
    assert str(caught.value) == (
        f"{path}: max-recall-increase: recall gets worse by a decrease; name the rule so"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stricter = true", "stricter is no rule of a gate; did you mean strict?"),
        ("strict = 1", "strict is 1; true or false is needed"),
        (
            "max-fpr-increase = { relativ = '10%' }",
            "max-fpr-increase: relativ is unknown; there are: absolute, relative",
        ),
        (
            "max-fpr-increase = 10",
            "max-fpr-increase is '10': a limit is a share of the old value with its percent sign; "
            "write 10% if that is meant",
        ),
    ],
)
def test_a_file_with_a_wrong_value_is_refused(config, text, said):
    path = config(text)
    with pytest.raises(RequestError) as caught:
        make_rules({}, path)
    assert str(caught.value) == f"{path}: {said}"


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool")
    with pytest.raises(RequestError, match="cannot be read"):
        make_rules({}, path)


def test_a_wrong_limit_ends_with_2_before_anything_is_read(capsys):
    assert main(["gate", "--baseline", "nowhere", "--max-fpr-increase", "10"]) == 2
    assert "write 10% if that is meant" in capsys.readouterr().err
