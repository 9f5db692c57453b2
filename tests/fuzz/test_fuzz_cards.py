"""Fuzzing of what users get from others: cards in TOML, split manifests."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench.card import parse, users_card
from idsbench.manifest import PARTS, pack_manifest, read_manifest

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
CARD = """
name = "made-up"
row_unit = "flow"
columns = "id, when, host, size, kind, label"
identifiers = ["id", "when"]
endpoints = ["host"]
text = ["host", "kind"]
time = { column = "when", unit = "ms" }
group = { columns = ["host"] }

[labels.category]
column = "label"
benign = "fine"
attacks = ["flood", "scan"]

[[layouts]]
name = "one file"
files = ["Made Up*.csv"]
published_rows = 100
"""
KEYS = [line.partition(" =")[0] for line in CARD.splitlines() if " = " in line]
ODD_VALUES = st.sampled_from(
    [
        *("nan", "-inf", "1e400", "9" * 400, "-1", "true", "''", '"\\u001b[2J"', '"\\u0000"', "[]"),
        *("{}", "[[]]", "{ a = 1 }", "2026-01-01", "07:32:00", '["a", 1]', '"../../etc/passwd"'),
        *('"*"', '"["', '"(?:a+)+$"', '"{}"', "['x', 'x']", "[" * 200 + "]" * 200, '"<script>"'),
        *("'/'", '"a\\nb"', '"json:dumps"', "0x10", "{ column = 3 }", "[{}]", "''''''"),
    ]
)
LINES = st.tuples(st.one_of(st.sampled_from(KEYS), st.text("ab.-", min_size=1)), ODD_VALUES)


def _with(lines: list[tuple[str, str]]) -> str:
    """Give the card with the values of these keys, in whatever table they are."""
    text = CARD
    for key, value in lines:
        old = next((line for line in text.splitlines() if line.startswith(f"{key} =")), None)
        text = text.replace(old, f"{key} = {value}") if old else f"{key} = {value}\n{text}"
    return text


@FUZZ
@given(lines=st.lists(LINES, min_size=1, max_size=3))
@example(lines=[("name", '"' + "x" * 100_000 + '"')])
@example(lines=[("columns", '"' + ",".join(f"c{n}" for n in range(2_000)) + '"')])
@example(lines=[("files", '["' + "*a" * 1000 + '"]')])
@example(lines=[(".".join("a" * 1000), "1")])
def test_a_card_with_other_values_is_read_or_refused(promise, lines):
    promise("card", lambda: parse(_with(lines), "c.toml"))
    promise("card of a plugin", lambda: parse(_with(lines), "c.toml", package="idsbench"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which one file is written anew for each input."""
    return tmp_path_factory.mktemp("strangers")


@FUZZ
@given(start=st.integers(0, len(CARD)), length=st.integers(0, 40), piece=st.binary(max_size=12))
@example(start=0, length=0, piece=b"a = " + b"[" * 2_000)
@example(start=0, length=0, piece=b"a = " + b"{a=" * 2_000)
@example(start=0, length=0, piece=b"a" + b".a" * 1_000 + b" = 1\n")
@example(start=0, length=0, piece=b"[" + b"a." * 1_000 + b"a]\n")
@example(start=0, length=0, piece=b"a = " + b"9" * 5_000)
@example(start=0, length=len(CARD), piece=b"\xff\xfe\0")
@example(start=0, length=len(CARD), piece=b"")
def test_a_card_with_other_bytes_is_read_or_refused(promise, folder, start, length, piece):
    whole = CARD.encode()
    path = folder / "card.toml"
    path.write_bytes(whole[:start] + piece + whole[start + length :])
    promise("card file", lambda: users_card(path))


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["AAAA", base64.b64encode(b"\x09" * 8).decode(), 10**400, "\x1b[2J"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(PARTS), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=8,
)


ABOUT = {
    **dict.fromkeys(("dataset", "layout", "origin_sha256", "task", "protocol"), "x"),
    **{"seed": 4, "resampled": False, "notes": ["a note"]},
}
MANIFEST = gzip.decompress(
    pack_manifest(
        np.arange(8, dtype=np.uint64), np.array([1, 1, 1, 1, 2, 2, 3, 3], dtype=np.uint8), ABOUT
    )[1]
)


@FUZZ
@given(
    patch=st.dictionaries(st.sampled_from([*json.loads(MANIFEST), "more"]), JSON, max_size=3),
    packed=st.booleans(),
)
@example(patch={"seed": float("inf")}, packed=False)
@example(patch={"order": "é"}, packed=True)
@example(patch={"schema": True}, packed=False)
def test_a_manifest_with_other_values_is_read_or_refused(promise, folder, patch, packed):
    text = json.dumps({**json.loads(MANIFEST), **patch}).encode()
    path = folder / "split.json.gz"
    path.write_bytes(gzip.compress(text, 1) if packed else text)
    promise("split manifest", lambda: read_manifest(path))


@FUZZ
@given(start=st.integers(0, len(MANIFEST)), length=st.integers(0, 60), piece=st.binary(max_size=9))
@example(start=0, length=len(MANIFEST), piece=b"[" * 200_000)
@example(start=0, length=2, piece=b"\x1f\x8b")
def test_a_manifest_with_other_bytes_is_read_or_refused(promise, folder, start, length, piece):
    path = folder / "split.json.gz"
    path.write_bytes(MANIFEST[:start] + piece + MANIFEST[start + length :])
    promise("split manifest", lambda: read_manifest(path))
