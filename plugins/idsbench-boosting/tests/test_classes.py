from __future__ import annotations

import numpy as np

from idsbench.values import Batch
from idsbench_boosting.classes import Classes, find_classes, read_classes, write_classes


def labelled(*y: int) -> Batch:
    return Batch(np.zeros((len(y), 1), np.float32), np.array(y, np.int16))


def test_the_width_is_the_largest_code_of_training_and_validation_and_one():
    assert find_classes("xgboost", labelled(0, 1), labelled(0)) == Classes((0, 1), 2)
    assert find_classes("xgboost", labelled(0, 1), labelled(3)) == Classes((0, 1), 4)
    assert find_classes("xgboost", labelled(4, 0), labelled()) == Classes((0, 4), 5)


def test_codes_for_the_library_have_no_gaps():
    classes = Classes((0, 2, 5), 6)
    y = np.array([5, 0, 2, 5], np.int16)
    assert classes.encode(y).tolist() == [2, 0, 1, 2]
    assert classes.known(np.array([0, 1, 5, 6], np.int16)).tolist() == [True, False, True, False]


def test_shares_go_to_the_columns_of_their_codes():
    assert Classes((0, 1), 2).spread(np.array([0.75])).tolist() == [0.75]
    assert Classes((0, 2), 3).spread(np.array([0.75])).tolist() == [[0.25, 0, 0.75]]
    assert Classes((1, 2, 3), 4).spread(np.array([[0.5, 0.25, 0.25]])).tolist() == [
        [0, 0.5, 0.25, 0.25]
    ]


def test_what_is_read_is_what_was_written(tmp_path):
    write_classes(tmp_path, Classes((0, 3), 5))
    assert read_classes(tmp_path) == Classes((0, 3), 5)
