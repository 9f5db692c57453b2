from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_tensorflow.cnn_network import CnnShape, build, check
from idsbench_tensorflow.runtime import keras

BASE = CnnShape((6, 6, 1), 12, 8, 3, 1, "same", 2, 2, "max", "relu", 16, 0.0)


def test_the_first_layer_repeats_pixels_and_invents_none():
    image = np.random.default_rng(0).random((1, 6, 6, 1), dtype=np.float32)
    enlarged = build(BASE).get_layer("enlarge")(image).numpy()
    np.testing.assert_array_equal(enlarged[0, :, :, 0], np.kron(image[0, :, :, 0], np.ones((2, 2))))


def test_weights_start_within_one_over_the_root_of_their_inputs():
    keras.utils.set_random_seed(0)
    for layer, inputs in (("convolution1", 9), ("convolution2", 72), ("dense", 72), ("output", 16)):
        for values in build(BASE).get_layer(layer).get_weights():
            assert np.abs(values).max() <= inputs**-0.5
            assert values.std() == pytest.approx((3 * inputs) ** -0.5, rel=0.5) or values.size == 1


def test_an_image_that_would_be_shrunk_is_refused():
    with pytest.raises(CellError) as caught:
        check(replace(BASE, image=(15, 14, 1)))
    assert str(caught.value) == (
        "cnn-keras[size=12] would lose pixels of an image of 15 x 14: "
        "use cnn-keras[size=15] or more"
    )


@pytest.mark.parametrize(
    ("shape", "number"),
    [
        (replace(BASE, convolutions=5), 4),
        (replace(BASE, padding="valid", kernel=7), 2),
        (replace(BASE, stride=3, pooling=3), 2),
    ],
    ids=["pooled away", "borders cut away", "strided away"],
)
def test_a_network_that_runs_out_of_pixels_is_refused(shape, number):
    with pytest.raises(CellError) as caught:
        check(shape)
    assert str(caught.value) == (
        f"cnn-keras[size=12] has no pixel left after convolution {number} of "
        f"{shape.convolutions}: use a larger size, fewer convolutions or less pooling"
    )


@pytest.mark.parametrize(
    "shape",
    [
        BASE,
        replace(BASE, padding="valid", pooling=1, activation="tanh"),
        replace(BASE, size=13, stride=2, pooling=1, pooling_type="average", dropout=0.5),
        replace(BASE, image=(9, 9, 3), size=13, dense=0, activation="elu"),
    ],
    ids=str,
)
def test_shapes_that_fit_give_one_logit_a_row(shape):
    check(shape)
    network = build(shape)
    assert network.output_shape == (None, 1)
    assert network(np.zeros((2, *shape.image), np.float32)).shape == (2, 1)
