from __future__ import annotations

import numpy as np
import pytest

from idsbench_anomaly.groups import column_groups


def correlated(*groups: tuple[int, ...]) -> np.ndarray:
    d = sum(map(len, groups))
    r = np.full((d, d), 0.05)
    for group in groups:
        r[np.ix_(group, group)] = 0.9
    np.fill_diagonal(r, 1.0)
    return r


def test_columns_that_go_together_share_a_group():
    r = correlated((0, 3, 5), (1, 4), (2, 6, 7))
    assert column_groups(r, 3) == [[0, 3, 5], [1, 4], [2, 6, 7]]


@pytest.mark.parametrize("most", [1, 2, 3, 8, 20])
def test_every_column_is_in_one_group_no_larger_than_allowed(most):
    groups = column_groups(correlated((0, 3, 5), (1, 4), (2, 6, 7)), most)
    assert sorted(column for group in groups for column in group) == list(range(8))
    assert max(map(len, groups)) <= most


def test_few_columns_are_one_group():
    assert column_groups(np.eye(1), 10) == [[0]]
    assert column_groups(correlated((0, 1), (2,)), 10) == [[0, 1, 2]]
    assert column_groups(np.ones((2, 2)), 1) == [[0], [1]]
