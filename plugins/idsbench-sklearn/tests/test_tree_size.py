from __future__ import annotations

import numpy as np

from idsbench_sklearn.tree_size import forest_parameters


def test_inner_nodes_count_two_and_leaves_their_values():
    stump, leaf = np.array([False, True, True]), np.array([True])
    assert forest_parameters([stump, leaf], 1) == (2 + 2) + 1
    assert forest_parameters([stump, leaf], 3) == (2 + 6) + 3


def test_no_trees_hold_nothing():
    assert forest_parameters([], 1) == 0
