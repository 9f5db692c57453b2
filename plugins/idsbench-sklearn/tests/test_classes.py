from __future__ import annotations

import numpy as np

from idsbench.values import Batch
from idsbench_sklearn.classes import class_width, spread_scores


def labelled(*y: int) -> Batch:
    return Batch(np.zeros((len(y), 1), np.float32), np.array(y, np.int16))


def test_the_width_is_the_largest_code_of_training_and_validation_and_one():
    assert class_width("logistic", labelled(0, 1), labelled(0)) == 2
    assert class_width("logistic", labelled(0, 1), labelled(3)) == 4
    assert class_width("logistic", labelled(0, 4), labelled()) == 5


def test_shares_go_to_the_columns_of_their_codes():
    shares = np.array([[0.25, 0.75]])
    assert spread_scores(shares, np.array([0, 1]), 2).tolist() == [0.75]
    assert spread_scores(shares, np.array([0, 2]), 4).tolist() == [[0.25, 0, 0.75, 0]]
