"""Fuzzing of suites, which users get from others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench.suite import choose
from idsbench.suite_file import Suite, parse_suite, read_suite

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
SUITE = """
name = "made-up"
title = "A title"
question = "Does it?"
claims = ["paper/row"]
datasets = "toy"
tasks = ["binary"]
ladder = ["clean"]
baselines = true

[[cells]]
protocols = ["clean"]
samplers = "none"
featurizers = ["select[k=8]+image"]
models = ["cnn[size=8]"]
targets = "cpu"
seeds = "0-2"

[preset.quick]
seeds = [0]

[preset.quick.models.cnn]
size = 4
"""
KEYS = [line.partition(" =")[0] for line in SUITE.splitlines() if " = " in line]
ODD_VALUES = st.sampled_from(
    [
        *("nan", "-inf", "1e400", "9" * 400, "-1", "true", "''", '"\\u001b[2J"', '"\\u0000"', "[]"),
        *("{}", "[[]]", "{ a = 1 }", "2026-01-01", '["a", 1]', '"../../etc/passwd"', '"a[b=[c]]"'),
        *(
            '"*"',
            '"["',
            '"]"',
            '"+"',
            '"a+"',
            '","',
            '"a[=]"',
            "'x[file=/etc/passwd]'",
            '"mine.toml"',
        ),
        *('"0-999999999"', '"5-1"', "[true]", '"٣"', '"\\u202e"', "{ clean = { a = 1 } }", "[{}]"),
    ]
)
LINES = st.tuples(st.one_of(st.sampled_from(KEYS), st.text("ab.-", min_size=1)), ODD_VALUES)


def _with(lines: list[tuple[str, str]]) -> str:
    """Give the suite with the values of these keys, in whatever table they are."""
    text = SUITE
    for key, value in lines:
        old = next((line for line in text.splitlines() if line.startswith(f"{key} =")), None)
        text = text.replace(old, f"{key} = {value}") if old else f"{key} = {value}\n{text}"
    return text


def _settled(suite: Suite | None) -> None:
    """Settle every preset: what a reader accepted, the rest can work with."""
    for preset in suite.presets if suite else ():
        assert choose(suite, preset, {"seeds": "0"})


@FUZZ
@given(lines=st.lists(LINES, min_size=1, max_size=3))
@example(lines=[("question", '"' + "x" * 100_000 + '"')])
@example(lines=[("seeds", '"' + "0-999999999," * 5_000 + '0"')])
@example(lines=[("models", "[" + "'a'," * 20_000 + "]")])
@example(lines=[("models", "'" + "a[" * 900 + "'")])
@example(lines=[(".".join("a" * 1000), "1")])
@example(lines=[("seeds." + ".".join("a" * 1000), "1")])
def test_a_suite_with_other_values_is_read_or_refused(promise, lines):
    _settled(promise("suite", lambda: parse_suite(_with(lines), "s.toml")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which one file is written anew for each input."""
    return tmp_path_factory.mktemp("strangers")


@FUZZ
@given(start=st.integers(0, len(SUITE)), length=st.integers(0, 40), piece=st.binary(max_size=12))
@example(start=0, length=0, piece=b"a = " + b"[" * 2_000)
@example(start=0, length=0, piece=b"a = " + b"{a=" * 2_000)
@example(start=0, length=0, piece=b"a" + b".a" * 30_000 + b" = 1\n")
@example(start=0, length=0, piece=b"[" + b"a." * 1_000 + b"a]\n")
@example(start=0, length=0, piece=b"a = " + b"9" * 5_000)
@example(start=0, length=0, piece=b"#" * 70_000)
@example(start=0, length=len(SUITE), piece=b"\xff\xfe\0")
@example(start=0, length=len(SUITE), piece=b"")
def test_a_suite_with_other_bytes_is_read_or_refused(promise, folder, start, length, piece):
    whole = SUITE.encode()
    path = folder / "suite.toml"
    path.write_bytes(whole[:start] + piece + whole[start + length :])
    _settled(promise("suite file", lambda: read_suite(path)))
