from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from idsbench.values import Batch
from idsbench_sklearn.hist_gradient_boosting import HistGradientBoosting
from idsbench_sklearn.logistic import Logistic
from idsbench_sklearn.threads import limit_threads


def test_native_code_is_held_to_the_number_of_threads():
    limit_threads(1)
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}


@pytest.mark.parametrize("build", [Logistic, HistGradientBoosting])
def test_a_model_restored_with_one_thread_holds_native_code_to_it(build, tmp_path):
    data = Batch(np.eye(8, dtype=np.float32), np.arange(8, dtype=np.int16) % 2)
    model = build()
    model.fit(data, data, np.random.default_rng(0), lambda entry: None)
    model.save(tmp_path)
    limit_threads(2)
    build().restore(tmp_path, threads=1)
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
