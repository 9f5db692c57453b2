"""The one-column tree is scikit-learn's tree, only faster."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from idsbench.audit_tree import (
    MOST_VALUES,
    column_score,
    fitted_score,
    lookup_score,
    ranked,
    stratified_folds,
)

RNG = np.random.default_rng(7)
CODES = RNG.integers(0, 40, 1500).astype(np.float32)
NORMAL = RNG.normal(size=1500).astype(np.float32)
NOISE = RNG.normal(size=1500)
BINARY = (NORMAL + NOISE > 1.2).astype(np.int16)
BANDS = ((np.sin(3 * NORMAL) + NOISE / 2 > 0.5) + 2 * (CODES % 7 == 0)).astype(np.int16)
CASES = {
    "continuous, two classes": (NORMAL, BINARY),
    "continuous, four classes": (NORMAL, BANDS),
    "codes, two classes": (CODES, (CODES.astype(int) % 3 == 0).astype(np.int16)),
    "codes, four classes": (CODES, BANDS),
    "no relation": (NORMAL, RNG.integers(0, 2, 1500).astype(np.int16)),
    "constant": (np.zeros(1500, dtype=np.float32), BINARY),
}


def _folds(y: np.ndarray) -> np.ndarray:
    return stratified_folds(y, 5, np.random.default_rng(0))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("weighted", [True, False])
def test_the_score_is_that_of_scikit_learns_tree_on_the_same_folds(case, weighted):
    column, y = CASES[case]
    fold = _folds(y)
    tree = DecisionTreeClassifier(
        max_depth=8, class_weight="balanced" if weighted else None, random_state=0
    )
    predicted = cross_val_predict(tree, column[:, None], y, cv=PredefinedSplit(fold))
    expected = balanced_accuracy_score(y, predicted)
    found = column_score(ranked(column), y, fold, weighted=weighted)
    # Cuts of equal gain may fall elsewhere by the last bit of a sum.
    assert found == pytest.approx(expected, abs=0.01)


def test_the_fitted_score_is_that_of_scikit_learns_tree_on_its_own_rows():
    tree = DecisionTreeClassifier(max_depth=8, class_weight="balanced", random_state=0)
    predicted = tree.fit(NORMAL[:, None], BINARY).predict(NORMAL[:, None])
    expected = balanced_accuracy_score(BINARY, predicted)
    assert fitted_score(ranked(NORMAL), BINARY) == pytest.approx(expected, abs=1e-9)


def test_a_column_that_is_the_label_scores_1_and_one_without_relation_about_half():
    fold = _folds(BINARY)
    assert column_score(ranked(BINARY.astype(np.float32)), BINARY, fold) == 1.0
    other = RNG.permutation(NORMAL)
    assert column_score(ranked(other), BINARY, fold) == pytest.approx(0.5, abs=0.06)


def test_a_grid_of_8192_values_gives_nearly_the_same_score():
    column = np.random.default_rng(1).normal(size=60_000).astype(np.float32)
    y = (column + np.random.default_rng(2).normal(size=60_000) > 0).astype(np.int16)
    fold = _folds(y)
    coarse, fine = ranked(column), ranked(column, 10**6)
    assert len(coarse.values) <= MOST_VALUES < len(fine.values)
    assert (np.diff(coarse.values) > 0).all()
    assert column_score(coarse, y, fold) == pytest.approx(column_score(fine, y, fold), abs=0.002)


def test_looking_up_keys_finds_what_no_order_of_them_shows():
    keys = np.arange(3000) % 600
    y = np.random.default_rng(3).integers(0, 2, 600)[keys].astype(np.int16)
    assert lookup_score(ranked(keys), y, _folds(y)) > 0.98
    assert column_score(ranked(keys), y, _folds(y)) < 0.9


def test_a_key_that_was_never_seen_tells_nothing():
    y = np.r_[np.zeros(50), np.ones(150)].astype(np.int16)
    assert lookup_score(ranked(np.arange(200)), y, _folds(y)) == 0.5


def test_folds_hold_every_class_alike_and_are_the_same_for_the_same_generator():
    y = np.r_[np.zeros(50), np.ones(23)].astype(np.int16)
    fold = _folds(y)
    assert np.array_equal(fold, _folds(y))
    for label in (0, 1):
        counts = np.bincount(fold[y == label], minlength=5)
        assert counts.max() - counts.min() <= 1
