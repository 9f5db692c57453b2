"""Fuzzing of what the cache finds on disk: the list of an entry's files, and staging of others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench import cache

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
NAMES = st.sampled_from(["x.npy", "../outside", "/etc/hostname", "", ".", "a/b", "x" * 300, "\0"])
LISTED = st.dictionaries(
    st.one_of(NAMES, st.text(max_size=5)),
    st.one_of(
        st.tuples(st.integers(), st.text(max_size=5)).map(list),
        st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=3)), st.lists),
    ),
    max_size=3,
)
ENTRIES = st.one_of(
    LISTED.map(lambda files: json.dumps({"files": files}).encode()),
    st.binary(max_size=40),
    st.sampled_from(
        [b"[]", b"null", b'{"files": 3}', b'{"files": [1]}', b'{"files": {"a": "bc"}}']
    ),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache folder that is filled anew for each input."""
    return tmp_path_factory.mktemp("cache")


@FUZZ
@given(text=ENTRIES)
@example(text=b"[" * 200_000)
@example(text=b'{"files": {"x.npy": [' + b"9" * 5000 + b', "a"]}}')
@example(text=b'{"files": {"x.npy": [1e400, "a"]}}')
@example(text=b'{"files": {"\\u0000": [1, "a"]}}')
@example(text=b'{"files": {"\\ud800": [1, "a"]}}')
@example(text=b'{"files": {"' + b"x" * 300 + b'": [1, "a"]}}')
def test_any_list_of_files_is_whole_or_counts_as_missing(promise, root, text):
    folder = cache.entry(root, "tables", "0" * 24)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / cache.DONE).write_bytes(text)
    (folder / "x.npy").write_bytes(b"data")
    promise("cache entry", lambda: cache.is_made(folder))
    promise("cache verify", lambda: cache.damage(folder))
    promise("before its use", lambda: cache.late_damage(folder))
    with cache.making(folder) as staging:
        (staging / "x.npy").write_bytes(b"new")
    assert cache.is_made(folder)
