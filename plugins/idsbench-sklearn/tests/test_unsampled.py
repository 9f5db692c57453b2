from __future__ import annotations

import subprocess
import sys

import numpy as np

from idsbench_sklearn.unsampled import Unsampled


def test_rows_come_back_as_they_are_each_its_own_parent():
    x, y = np.eye(3, dtype=np.float32), np.array([0, 1, 1], np.int16)
    out = Unsampled().resample(x, y, np.random.default_rng(0))
    assert out.x is x
    assert out.y is y
    assert out.base.tolist() == out.neighbour.tolist() == [0, 1, 2]
    assert out.synthetic.tolist() == [False] * 3


def test_the_generator_is_not_drawn_from():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    Unsampled().resample(np.eye(2, dtype=np.float32), np.array([0, 1], np.int16), rng)
    assert rng.bit_generator.state == before


def test_it_imports_neither_scikit_learn_nor_imbalanced_learn():
    code = (
        "import sys, idsbench_sklearn.unsampled; "
        "print([name for name in ('sklearn', 'imblearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
