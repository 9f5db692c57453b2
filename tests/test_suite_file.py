"""A file of a suite is read with all its mistakes told at once, and a hostile one is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from idsbench.catalog import load_catalog
from idsbench.errors import RequestError
from idsbench.suite import choose, shipped
from idsbench.suite_file import Preset, names_in, parse_suite, read_suite
from idsbench.suite_plan import Place, plan_suite

GOOD = """
name = "mine"
question = "Does it?"
datasets = ["toy"]
seeds = "0-2"
claims = ["paper/row"]
ladder = ["clean", "grouped"]

[[cells]]
name = "first"
protocols = ["clean", "grouped"]
models = ["cnn[size=8,epochs=2]", "dummy"]

[[cells]]
featurizers = ["select[k=8]+image[scale=log]"]
models = "cnn"
seeds = [7]

[preset.quick]
seeds = 0
targets = ["cpu"]

[preset.quick.models.cnn]
size = 4
rate = 0.5
deep = true
kind = "v2"
"""


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        parse_suite(text, "f.toml")
    return caught.value.problems


def test_a_suite_holds_what_its_file_says():
    suite = parse_suite(GOOD, "f.toml")
    assert (suite.name, suite.title, suite.question) == ("mine", "Does it?", "Does it?")
    assert (suite.claims, suite.ladder, suite.baselines) == (
        ("paper/row",),
        ("clean", "grouped"),
        False,
    )
    first, second = suite.blocks
    assert (first.name, second.name) == ("first", "2")
    assert first.axes == {
        "datasets": "toy",
        "protocols": "clean, grouped",
        "models": "cnn[size=8,epochs=2], dummy",
        "seeds": "0-2",
    }
    assert second.axes == {
        "datasets": "toy",
        "featurizers": "select[k=8]+image[scale=log]",
        "models": "cnn",
        "seeds": "7",
    }


def test_a_preset_replaces_axes_and_parameters():
    values = {"size": "4", "rate": "0.5", "deep": "true", "kind": "v2"}
    assert parse_suite(GOOD, "f.toml").presets == {
        "quick": Preset(
            {"seeds": "0", "targets": "cpu"},
            {"samplers": {}, "featurizers": {}, "models": {"cnn": values}},
        )
    }


def test_lines_of_a_question_become_one():
    text = GOOD.replace('"Does it?"', '"""\nDoes\n  it?\n"""')
    assert parse_suite(text, "f.toml").question == "Does it?"


def test_the_names_in_a_selection_are_those_outside_of_brackets():
    assert names_in("a[x=1,y=b+c]+d, e") == ["a", "d", "e"]
    assert names_in("") == []


WRONG = {
    "no toml": ("x = ", "f.toml: is no TOML: Invalid value (at end of document)"),
    "unknown key": (
        GOOD.replace("seeds = [7]", "seed = [7]"),
        "f.toml: [cells 2]: unknown key 'seed': did you mean seeds?",
    ),
    "no name": (GOOD.replace('name = "mine"', ""), "f.toml: the key 'name' is missing"),
    "a name with a path": (
        GOOD.replace('"mine"', '"../mine"'),
        "f.toml: name = '../mine' is not lower-case words joined by hyphens",
    ),
    "no question": (
        GOOD.replace('question = "Does it?"', ""),
        "f.toml: the key 'question' is missing",
    ),
    "an empty question": (
        GOOD.replace("Does it?", " "),
        "f.toml: question is empty: say what the cells answer",
    ),
    "no cells": (
        GOOD.partition("[[cells]]")[0],
        "f.toml: there is no block of cells; write [[cells]] with protocols and models",
    ),
    "no models": (
        GOOD.replace('models = "cnn"', ""),
        "f.toml: [cells 2]: the key 'models' is missing here and above",
    ),
    "a path as a dataset": (
        GOOD.replace('"toy"', '"cards/mine.toml"'),
        "f.toml: datasets: 'cards/mine.toml' names a path; name files on the command line",
    ),
    "a path as a parameter": (
        GOOD.replace('"toy"', '"toy[file=/etc/passwd]"'),
        "f.toml: datasets: 'toy[file=/etc/passwd]' names a path; name files on the command line",
    ),
    "a folder above": (
        GOOD.replace('"toy"', '"toy[file=..]"'),
        "f.toml: datasets: 'toy[file=..]' names a path; name files on the command line",
    ),
    "a number as a model": (
        GOOD.replace('"cnn"', "3"),
        "f.toml: [cells 2]: models is not a text, or a list of texts, each name[key=value,…]",
    ),
    "an empty list": (
        GOOD.replace('["toy"]', "[]"),
        "f.toml: datasets is not a text, or a list of texts, each name[key=value,…]",
    ),
    "an empty text": (GOOD.replace('"toy"', '" "'), "f.toml: datasets: a text is empty"),
    "seeds in words": (
        GOOD.replace("[7]", '"some"'),
        "f.toml: [cells 2]: seeds = 'some': write whole numbers or ranges, as \"0-4\"",
    ),
    "seeds backwards": (
        GOOD.replace("[7]", '"4-0"'),
        "f.toml: [cells 2]: seeds = '4-0' holds no seed, or a range that runs backwards",
    ),
    "no seed at all": (
        GOOD.replace("[7]", "[]"),
        "f.toml: [cells 2]: seeds = '[]' holds no seed, or a range that runs backwards",
    ),
    "very many seeds": (
        GOOD.replace("[7]", '"0-999999"'),
        "f.toml: [cells 2]: seeds: 1,000,000 of them; a suite has at most 1,000",
    ),
    "the same name twice": (
        GOOD.replace('"first"', '"2"').replace("featurizers", 'name = "2"\nfeaturizers'),
        "f.toml: [cells 2]: a block with the name '2' is there already",
    ),
    "parameters of nothing": (
        GOOD.replace("models.cnn", "models.cmn"),
        "f.toml: [preset.quick.models]: no block of cells names 'cmn': did you mean cnn?",
    ),
    "a parameter that ends the selection": (
        GOOD.replace('"v2"', '"v2],dummy"'),
        "f.toml: [preset.quick.models.cnn]: kind = 'v2],dummy' is not the value of a parameter",
    ),
    "a list as a parameter": (
        GOOD.replace('"v2"', "[1]"),
        "f.toml: [preset.quick.models.cnn]: kind = '[1]' is not the value of a parameter",
    ),
    "a preset named with blanks": (
        GOOD.replace("[preset.quick]", "[preset.'a b']"),
        "f.toml: [preset.a b]: a preset's name is lower-case words joined by hyphens",
    ),
    "a ladder of what is not run": (
        GOOD.replace('"grouped"]\n\n', '"groupd"]\n\n'),
        "f.toml: ladder: no block of cells has the protocol 'groupd': did you mean grouped?",
    ),
    "control characters": (
        GOOD.replace("Does it?", "Does\\u001b[2J it?"),
        "f.toml: 'Does it?' holds control characters",
    ),
    "control characters in a key": (
        GOOD.replace("seeds = [7]", '"a\\u0007" = 7'),
        "f.toml: 'a' holds control characters",
    ),
    "very long": (
        GOOD.replace("Does it?", "x" * 2001),
        "f.toml: a text is longer than 2,000 characters",
    ),
    "very deep": (
        GOOD.replace("seeds = [7]", "seeds = " + "[" * 9 + "]" * 9),
        "f.toml: nested more than 6 levels deep",
    ),
    "deep by dots": (GOOD + ".".join("a" * 50) + " = 1", "f.toml: nested more than 6 levels deep"),
    "very many dots": (".".join("a" * 500) + " = 1", "f.toml: a line holds more than 100 dots"),
    "very many blocks": (
        GOOD.partition("[[cells]]")[0] + '[[cells]]\nmodels = "cnn"\nprotocols = "*"\n' * 51,
        "f.toml: has 51 blocks of cells; at most 50 are read",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_told_in_one_sentence(case):
    text, sentence = WRONG[case]
    assert _problems(text) == (sentence,)


def test_all_mistakes_are_told_at_once():
    text = GOOD.replace("seeds = [7]", "seed = [7]").replace('name = "mine"', "")
    assert len(_problems(text)) == 2


def test_a_file_that_is_too_large_or_no_file_is_refused(tmp_path):
    large, link = tmp_path / "large.toml", tmp_path / "link.toml"
    large.write_text("#" * 70_000)
    link.symlink_to(large)
    for path in (large, link, tmp_path):
        with pytest.raises(RequestError) as caught:
            read_suite(path)
        assert caught.value.problems == (
            f"{path}: a suite is a plain file of at most 65,536 bytes",
        )


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    missing, bytes_ = tmp_path / "missing.toml", tmp_path / "bytes.toml"
    bytes_.write_bytes(b"\xff\xfe")
    for path, what in (
        (missing, "cannot be read (No such file or directory)"),
        (bytes_, "is no text in UTF-8"),
    ):
        with pytest.raises(RequestError) as caught:
            read_suite(path)
        assert caught.value.problems == (f"{path}: {what}",)


def test_the_suites_that_come_with_idsbench_state_a_question_and_two_presets():
    suites = shipped()
    assert [suite.name for suite in suites] == ["iotid20-mobilenet", "mqttset-cnn"]
    for suite in suites:
        assert suite.question.endswith("?")
        assert {"quick", "paper"} <= set(suite.presets)
        assert suite.claims


def test_the_example_of_the_page_is_a_suite_that_can_be_planned(tmp_path):
    page = (Path(__file__).resolve().parents[1] / "docs" / "suites.md").read_text("utf-8")
    (text,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    suite = parse_suite(text, "docs/suites.md")
    plan = plan_suite(load_catalog(), choose(suite, None, {}), Place(suite.name, baselines=False))
    assert len(plan.cells) == 3 * 2 * 2
