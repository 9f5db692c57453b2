"""The quick tree over all columns does what a tree of its depth does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from idsbench.audit_joint import coded, tree_accuracy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4000, 5)).astype(np.float32)
HELD = RNG.random(4000) > 0.7
XOR = ((X[:, 0] > 0.3) ^ (X[:, 1] > -0.2)).astype(np.int16)
MIXED = ((X[:, 0] + X[:, 1] > 0) + 2 * (X[:, 2] + RNG.normal(size=4000) > 1)).astype(np.int16)


def _codes(x: np.ndarray) -> np.ndarray:
    return np.stack([coded(column) for column in x.T])


@pytest.mark.parametrize("y", [XOR, MIXED], ids=["two classes", "four classes"])
def test_its_accuracy_is_close_to_that_of_scikit_learns_tree(y):
    tree = DecisionTreeClassifier(max_depth=8, random_state=0).fit(X[~HELD], y[~HELD])
    expected = tree.score(X[HELD], y[HELD])
    assert tree_accuracy(_codes(X), y, HELD) == pytest.approx(expected, abs=0.02)


def test_a_class_that_is_a_column_is_learned_whole():
    y = (X[:, 3] > 1).astype(np.int16)
    x = np.column_stack([X[:, :3], y])
    assert tree_accuracy(_codes(x), y, HELD) == 1.0


def test_without_any_relation_it_guesses():
    y = RNG.integers(0, 2, 4000).astype(np.int16)
    assert tree_accuracy(_codes(X), y, HELD) == pytest.approx(0.5, abs=0.06)


def test_up_to_256_values_keep_their_own_places_and_more_share_them_in_order():
    few = np.array([5.0, -1.0, 5.0, 0.1])
    assert coded(few).tolist() == [2, 0, 2, 1]
    many = coded(X[:, 0])
    assert (many.min(), many.max()) == (0, 255)
    assert (np.diff(many[np.argsort(X[:, 0])]) >= 0).all()
