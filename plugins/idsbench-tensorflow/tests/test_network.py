from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_tensorflow.devices import computing_in
from idsbench_tensorflow.network import (
    WIDTHS,
    Architecture,
    FusedNormalization,
    build,
    check,
    macs,
)
from idsbench_tensorflow.runtime import keras


@pytest.mark.parametrize(
    ("version", "published_millions"), [("v1", 569), ("v2", 300), ("v3-small", 56)]
)
def test_macs_at_full_width_are_those_that_the_authors_publish(version, published_millions):
    network = build(Architecture((224, 224, 3), 224, version, 1.0, 0.9))
    # Theirs have a head of a thousand classes, one to two million of these.
    assert macs(network) / 1e6 == pytest.approx(published_millions, abs=2.5)


@pytest.mark.parametrize("version", WIDTHS)
def test_the_network_takes_small_images_and_ends_in_one_number(version):
    network = build(Architecture((6, 6, 1), 32, version, WIDTHS[version][0], 0.9))
    assert network.input_shape == (None, 6, 6, 1)
    assert network.output_shape == (None, 1)


def test_the_first_layer_repeats_pixels_and_invents_none():
    network = build(Architecture((8, 8, 1), 32, "v1", 0.25, 0.9))
    image = np.random.default_rng(0).random((1, 8, 8, 1), dtype=np.float32)
    enlarged = network.get_layer("enlarge")(image).numpy()
    np.testing.assert_array_equal(enlarged[0, :, :, 0], np.kron(image[0, :, :, 0], np.ones((4, 4))))


def test_every_normalization_has_the_momentum_asked_for():
    network = build(Architecture((6, 6, 1), 32, "v1", 0.25, 0.7))
    base = next(layer for layer in network.layers if isinstance(layer, keras.Model))
    found = [x for x in base.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert found
    assert {(type(layer), layer.momentum) for layer in found} == {(FusedNormalization, 0.7)}


def test_in_short_numbers_convolutions_compute_short_and_normalizations_long():
    with computing_in("float16"):
        network = build(Architecture((6, 6, 1), 32, "v1", 0.25, 0.7))
    base = next(layer for layer in network.layers if isinstance(layer, keras.Model))
    found = {(type(layer).__name__, layer.compute_dtype) for layer in base.layers}
    assert ("Conv2D", "float16") in found
    assert ("FusedNormalization", "float32") in found
    assert network.get_layer("output").compute_dtype == "float32"
    assert network(np.zeros((2, 6, 6, 1), np.float32)).dtype == "float32"


def test_fused_normalization_is_that_of_keras():
    rng = np.random.default_rng(0)
    ours, theirs = FusedNormalization(momentum=0.8), keras.layers.BatchNormalization(momentum=0.8)
    for _ in range(3):
        x = rng.normal(2, 3, (64, 4, 4, 5)).astype(np.float32)
        np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), atol=1e-5)
    np.testing.assert_allclose(ours.moving_mean, theirs.moving_mean, rtol=1e-5)
    # Ours divides by n - 1, theirs by n.
    np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=2 / (64 * 16))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=2e-3, atol=1e-3)


def test_a_width_that_the_version_lacks_is_refused():
    with pytest.raises(CellError) as caught:
        check(Architecture((6, 6, 1), 32, "v1", 0.35, 0.9))
    assert str(caught.value) == (
        "mobilenet[version=v1] has no width alpha=0.35: use one of 0.25, 0.5, 0.75, 1"
    )


def test_an_image_that_would_be_shrunk_is_refused():
    with pytest.raises(CellError) as caught:
        check(Architecture((6, 40, 1), 32, "v1", 0.25, 0.9))
    assert str(caught.value) == (
        "mobilenet[size=32] would lose pixels of an image of 6 x 40: use mobilenet[size=40] or more"
    )
