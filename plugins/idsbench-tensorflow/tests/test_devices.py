from __future__ import annotations

import pytest

from idsbench.errors import CellError
from idsbench_tensorflow.devices import check_device, computing_in, memory_errors_told, seed
from idsbench_tensorflow.runtime import keras, tf


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    check_device("cnn-keras", "cpu")
    with pytest.raises(CellError) as caught:
        check_device("cnn-keras", "cuda")
    assert str(caught.value) == (
        "cnn-keras[device=cuda] needs a CUDA device that TensorFlow can use and there is none: "
        "use cnn-keras[device=cpu]"
    )


@pytest.mark.parametrize(
    ("rows", "advice"),
    [(64, "cnn-keras[batch=32]"), (3, "cnn-keras[batch=1]"), (1, "a smaller size")],
)
def test_full_memory_is_told_with_the_batch_to_try(rows, advice):
    with pytest.raises(MemoryError) as caught, memory_errors_told("cnn-keras", rows):
        tf.zeros((2**50,), tf.float32)
    assert str(caught.value) == (
        f"cnn-keras ran out of memory with {rows} rows at once: use {advice}"
    )


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2"), memory_errors_told("cnn-keras", 64):
        raise RuntimeError("mat1 and mat2 cannot be multiplied")


def test_a_seed_decides_what_is_drawn():
    drawn = []
    for number in (1, 1, 2):
        seed(number)
        drawn.append(tf.random.uniform((3,)).numpy().tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_layers_compute_in_short_numbers_and_keep_long_weights():
    with computing_in("bfloat16"):
        layer = keras.layers.Dense(1)
    layer.build((None, 2))
    assert (layer.compute_dtype, layer.kernel.dtype) == ("bfloat16", "float32")
    assert keras.config.dtype_policy().name == "float32"
