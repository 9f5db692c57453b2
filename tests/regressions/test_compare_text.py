"""Comparisons as text: complete for programs, short for people, harmless everywhere."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from idsbench.cli import main
from idsbench.compare_text import FORMATS, junit

NASTY = 'a\x1bc<b>&"]]>|\x00\u202e'


@pytest.fixture
def folders(results, detector):
    return (
        str(results("base", detector())),
        str(results("head", detector(luck=1, fpr=0.02))),
    )


def _shown(capsys, *arguments: str) -> str:
    capsys.readouterr()
    main(["compare", *arguments])
    return capsys.readouterr().out


def test_a_table_shows_what_changed_and_counts_the_rest(folders, capsys):
    text = _shown(capsys, *folders)
    assert "95 % interval" in text
    assert "auc_pr" not in text
    assert text.rstrip().splitlines()[-1].endswith(" same")
    assert len(_shown(capsys, *folders, "--all").splitlines()) > len(text.splitlines())


def test_json_has_every_metric_with_its_numbers(folders, capsys):
    rows = json.loads(_shown(capsys, *folders, "--format", "json"))
    fpr = next(row for row in rows if row["metric"] == "fpr")
    assert fpr["verdict"] == "worse"
    assert fpr["difference"] == pytest.approx(fpr["new"] - fpr["old"])
    assert fpr["change_low"] < fpr["change"] < fpr["change_high"]
    assert (fpr["seeds_base"], fpr["seeds_head"]) == (5, 5)
    assert {row["metric"] for row in rows} >= {"fpr", "recall", "size_bytes", "latency_p50_us"}


def test_markdown_is_a_table_for_a_comment(folders, capsys):
    lines = _shown(capsys, *folders, "--format", "markdown").splitlines()
    assert lines[0].startswith("All cells: dataset toy, protocol clean, ")
    assert lines[2].startswith("| cell")
    assert lines[3].startswith("|---")


def test_junit_counts_failures_and_what_was_not_compared(folders, capsys):
    suite = ElementTree.fromstring(_shown(capsys, *folders, "--format", "junit").encode())[0]
    failures = suite.findall("testcase/failure")
    assert len(failures) == int(suite.get("failures")) > 0
    assert len(suite.findall("testcase")) == int(suite.get("tests"))


@pytest.mark.parametrize("fmt", FORMATS)
def test_text_of_a_strangers_record_does_no_harm(results, detector, capsys, fmt):
    keys = {"model": NASTY, "machine": NASTY, "status": "failed", "reason": NASTY}
    base = results("base", detector(keys={"model": NASTY}), range(1))
    head = results("head", detector(keys=keys), range(1))
    text = _shown(capsys, str(base), str(head), "--format", fmt)
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    if fmt == "junit":
        suite = ElementTree.fromstring(text.encode())[0]
        assert '<b>&"]]>|' in suite[0].get("classname")
    if fmt == "markdown":
        assert "<b>" not in text


def test_junit_holds_only_what_xml_can():
    text = junit("s", [("cell \ufffe\ud800", "fpr", "failure", "no\x0b \U0001f600")])
    ElementTree.fromstring(text.encode())
