import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from idsbench import vectors

# Machines under load miss any deadline.
unhurried = settings(deadline=None)

FLOATS = st.floats(width=32, allow_nan=False)
TABLES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FLOATS)
# Few values, so that equal rows are common.
FEW = arrays(
    np.float32, st.tuples(st.integers(1, 40), st.just(2)), elements=st.sampled_from([0.0, -0.0, 1])
)


@unhurried
@given(FEW)
def test_rows_have_equal_hashes_exactly_when_their_values_are_equal(x):
    hashes = vectors.row_hashes(x)
    for i in range(len(x)):
        for j in range(len(x)):
            assert (hashes[i] == hashes[j]) == bool(np.all(x[i] == x[j]))


@unhurried
@given(TABLES, st.randoms())
def test_a_hash_depends_on_its_own_row_only(x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    assert np.array_equal(vectors.row_hashes(x[order]), vectors.row_hashes(x)[order])


def test_hashes_do_not_depend_on_the_chunk_size(monkeypatch):
    x = np.random.default_rng(0).normal(size=(1000, 5)).astype(np.float32)
    whole = vectors.row_hashes(x)
    monkeypatch.setattr(vectors, "CHUNK_ROWS", 7)
    assert np.array_equal(vectors.row_hashes(x), whole)


def test_hashes_do_not_depend_on_the_memory_layout():
    x = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32)
    doubled = np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)[::2, ::2]
    assert np.array_equal(vectors.row_hashes(np.asfortranarray(x)), vectors.row_hashes(x))
    assert np.array_equal(vectors.row_hashes(doubled), vectors.row_hashes(x))


def test_the_hash_of_a_row_is_the_same_in_every_version():
    x = np.array([[1.5, -2.0, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    assert [hex(h) for h in vectors.row_hashes(x).tolist()] == [
        "0x608f9e26a436b3b9",
        "0x7bb14ae13b41d359",
    ]


def test_swapped_columns_and_appended_zeros_change_the_hash():
    x = np.array([[1.0, 2.0]], dtype=np.float32)
    wider = np.array([[1.0, 2.0, 0.0]], dtype=np.float32)
    assert vectors.row_hashes(x) != vectors.row_hashes(x[:, ::-1])
    assert vectors.row_hashes(x) != vectors.row_hashes(wider)


def test_many_rows_that_differ_in_one_small_step_do_not_collide():
    steps = np.arange(200_000, dtype=np.uint32).view(np.float32)
    x = np.stack([np.ones_like(steps), steps], axis=1)
    hashes = vectors.row_hashes(x)
    assert len(np.unique(hashes)) == len(x)
    # Each of the 64 bits is set in about half of the hashes: eight standard errors.
    share = [float(np.mean(hashes >> np.uint64(bit) & np.uint64(1))) for bit in range(64)]
    assert max(abs(one - 0.5) for one in share) < 8 * 0.5 / np.sqrt(len(x))


def test_the_input_rows_are_left_unchanged():
    x = np.array([[-0.0, 1.0]], dtype=np.float32)
    vectors.row_hashes(x)
    assert np.signbit(x[0, 0])


def test_a_table_that_is_not_float32_rows_is_refused():
    for x, said in (
        (np.zeros((2, 3)), "rows to hash must be float32 (n, d), not float64 (2, 3)"),
        (np.zeros(3, np.float32), "rows to hash must be float32 (n, d), not float32 (3,)"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            vectors.row_hashes(x)


def test_combine_separates_labels_and_rows():
    h = vectors.row_hashes(np.array([[1.0], [1.0], [2.0], [2.0]], dtype=np.float32))
    mixed = vectors.combine(h, np.array([0, 1, 0, 1], dtype=np.int16))
    assert len(np.unique(mixed)) == 4
    assert np.array_equal(mixed, vectors.combine(h, np.array([0, 1, 0, 1], dtype=np.int64)))


@unhurried
@given(st.lists(st.integers(0, 2**64 - 1)), st.lists(st.integers(0, 2**64 - 1)))
def test_is_member_agrees_with_a_set(queries, pool):
    got = vectors.is_member(np.array(queries, dtype=np.uint64), np.array(pool, dtype=np.uint64))
    assert got.tolist() == [one in set(pool) for one in queries]


@unhurried
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1))
def test_the_ceiling_is_the_share_of_each_vectors_most_frequent_label(pairs):
    labels_of = defaultdict(Counter)
    for vector, label in pairs:
        labels_of[vector][label] += 1
    best = sum(counter.most_common(1)[0][1] for counter in labels_of.values())
    vector = np.array([v for v, _ in pairs], dtype=np.uint64)
    label = np.array([c for _, c in pairs], dtype=np.int16)
    assert vectors.ceiling(vector, label) == best / len(pairs)
    assert vectors.distinct_share(vector) == len(labels_of) / len(pairs)


def test_no_rows_have_no_ceiling_and_no_distinct_share():
    none = np.array([], dtype=np.uint64)
    assert vectors.ceiling(none, np.array([], dtype=np.int16)) is None
    assert vectors.distinct_share(none) is None
    assert vectors.row_hashes(np.zeros((0, 3), dtype=np.float32)).shape == (0,)
