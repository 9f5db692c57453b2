"""Fuzzing of what users type: selections, seeds, tasks, filters."""

from __future__ import annotations

import os

from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench import leaderboard, where
from idsbench.catalog import load_catalog
from idsbench.plan import MOST_SEEDS, parse_seeds, parse_tasks
from idsbench.rowkeys import ROW_KEYS
from idsbench.selection import select, select_chains
from idsbench.values import KINDS, TASKS

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
CATALOG = load_catalog(["idsbench-sklearn"])
NAMES = [component.name for kind in KINDS for component in CATALOG.components(kind)]
KEYS = sorted(
    {p.name for k in KINDS for component in CATALOG.components(k) for p in component.parameters}
)
NUMBERS = ("0", "-1", "1e400", "nan", "inf", "1_000", "٣", "9" * 5000, "0x10", "none", "true")
WRITTEN = st.lists(
    st.one_of(
        st.sampled_from([*NAMES, *KEYS, *NUMBERS]),
        st.sampled_from(list("[],=+*?- \t\n\0\x1b")),
        st.text(max_size=3),
    ),
    max_size=12,
).map("".join)


@FUZZ
@given(kind=st.sampled_from(KINDS), text=WRITTEN)
@example(kind="model", text="dummy[max_rows=" + "9" * 5000 + "]")
@example(kind="model", text="[" * 5000 + "]" * 5000)
@example(kind="model", text="*" * 200 + "x")
@example(kind="model", text="dummy]x[")
def test_a_selection_is_understood_or_refused(promise, kind, text):
    specs = promise("selection", lambda: select(CATALOG, kind, text))
    for spec in specs or ():
        assert spec.component.kind == kind
        again = select(CATALOG, kind, spec.text)
        assert [one.identity for one in again] == [spec.identity]


@FUZZ
@given(text=WRITTEN)
@example(text="table++table")
@example(text="table+" * 2000 + "table")
def test_a_chain_of_featurizers_is_understood_or_refused(promise, text):
    promise("featurizer chain", lambda: select_chains(CATALOG, text))


SEEDS = st.one_of(
    st.text(alphabet="0123456789-, ٣", max_size=20),
    st.text(max_size=8),
    st.lists(st.integers(-5, 10**12).map(str), max_size=4).map("-".join),
)


@FUZZ
@given(text=SEEDS)
@example(text="0-999999999")
@example(text="9" * 5000)
@example(text="٣")
def test_seeds_are_understood_or_refused(promise, text):
    seeds = promise("seeds", lambda: parse_seeds(text))
    if seeds is not None:
        assert seeds
        assert len(set(seeds)) == len(seeds) <= MOST_SEEDS * (text.count(",") + 1)


@FUZZ
@given(text=st.one_of(st.text(max_size=20), st.sampled_from(TASKS)))
def test_tasks_are_understood_or_refused(promise, text):
    tasks = promise("tasks", lambda: parse_tasks(text))
    assert tasks is None or set(tasks) <= set(TASKS)


ROW = {**dict.fromkeys(ROW_KEYS), "model": "cnn[epochs=5]", "seed": 0, "fpr": 0.5, "flags": ["a"]}
CONDITIONS = st.lists(
    st.one_of(
        st.sampled_from([*ROW_KEYS, *NUMBERS, "cnn", "null"]),
        st.sampled_from(list("[],=*?! \0")),
        st.text(max_size=3),
    ),
    max_size=10,
).map("".join)


@FUZZ
@given(text=CONDITIONS)
@example(text="model=[" + "!" * 50)
@example(text="seed=" + "9" * 5000)
@example(text=",".join(["model=*"] * 2000) + "[")
@example(text="model=" + "*a" * 40 + "b")
def test_a_filter_keeps_rows_or_is_refused(promise, text):
    kept = promise("--where", lambda: where.select([ROW], text))
    assert kept in (None, [], [ROW])


@FUZZ
@given(text=st.text(max_size=20))
def test_a_key_to_sort_by_is_understood_or_refused(promise, text):
    promise("--sort", lambda: leaderboard.render([ROW], "json", text))
