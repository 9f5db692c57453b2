from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info

from idsbench_anomaly.arrays import bounded, in_pieces, read_arrays, uniform, write_arrays


def test_values_are_cut_at_a_million_either_way():
    out = bounded(np.array([[1e30, -1e30, 3]], np.float32))
    assert (out.tolist(), out.dtype) == ([[1e6, -1e6, 3]], np.float32)


def test_pieces_are_joined_in_order():
    x = np.arange(10_000, dtype=np.float32)[:, None]
    sizes = []
    out = in_pieces(lambda rows: sizes.append(len(rows)) or rows[:, 0], x)
    np.testing.assert_array_equal(out, x[:, 0])
    assert sizes == [4_096, 4_096, 1_808]


def test_what_is_read_is_what_was_written_and_threads_are_held(tmp_path):
    write_arrays(tmp_path, {"a": np.arange(3), "b": np.array(0.5)})
    saved = read_arrays(tmp_path, threads=1)
    assert {name: array.tolist() for name, array in saved.items()} == {"a": [0, 1, 2], "b": 0.5}
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_weights_start_within_one_over_the_root_of_the_inputs():
    weights = uniform(np.random.default_rng(0), 16, (16, 500))
    assert weights.dtype == np.float32
    assert 0.24 < np.abs(weights).max() <= 0.25
