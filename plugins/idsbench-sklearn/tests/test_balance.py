from __future__ import annotations

import numpy as np

from idsbench_sklearn.balance import class_counts, draw_seed


def test_counts_are_by_rising_class_code():
    y = np.array([3, 0, 3, 1, 0, 3], np.int16)
    assert list(class_counts("rus", y).items()) == [(0, 2), (1, 1), (3, 3)]


def test_seeds_fit_the_older_generator_and_follow_the_newer_one():
    seeds = [draw_seed(np.random.default_rng(7)) for _ in range(2)]
    assert seeds[0] == seeds[1]
    assert isinstance(seeds[0], int)
    np.random.RandomState(seeds[0])
    rng = np.random.default_rng(7)
    assert draw_seed(rng) != draw_seed(rng)
