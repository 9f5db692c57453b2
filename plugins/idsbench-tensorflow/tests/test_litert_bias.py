"""Corrected biases give every product of a file of bytes the mean that it has in single precision."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench_tensorflow import litert_bias
from idsbench_tensorflow.litert_bias import corrected
from idsbench_tensorflow.litert_export import BYTES, FLOAT, _converted, _frozen
from idsbench_tensorflow.litert_graph import Graph
from idsbench_tensorflow.runtime import keras

RNG = np.random.default_rng(0)
# Long tails, as captured columns have them: most rows are alike, and rounded alike.
ROWS = np.full((100, 6, 6, 1), 0.0098, np.float32)
ROWS[::20] = RNG.random((5, 6, 6, 1))


def numbers(*shape: int) -> keras.initializers.Initializer:
    return keras.initializers.Constant(RNG.normal(size=shape))


def network() -> keras.Model:
    """Two kinds of convolution, the second around a residual, and a dense layer."""
    images = keras.Input((6, 6, 1))
    start = {"padding": "same", "bias_initializer": numbers(8)}
    first = keras.layers.Conv2D(
        8, 3, 2, kernel_initializer=numbers(3, 3, 1, 8), activation="relu6", **start
    )(images)
    second = keras.layers.DepthwiseConv2D(
        3, depthwise_initializer=numbers(3, 3, 8, 1), activation="relu", **start
    )(first)
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([first, second]))
    last = {"kernel_initializer": numbers(8, 1), "bias_initializer": numbers(1)}
    return keras.Model(images, keras.layers.Dense(1, **last)(mean))


def converted(model: keras.Model, quantised: bool) -> bytes:
    return _converted(_frozen(model), BYTES if quantised else FLOAT, ROWS)


@pytest.fixture(scope="module")
def files():
    """The network in single precision, in bytes, and in bytes with corrected biases."""
    model = network()
    exact, plain = converted(model, False), converted(model, True)
    return exact, plain, corrected(exact, plain, ROWS)


def product_means(content: bytes) -> list[np.ndarray]:
    """The mean of what each product makes of what it is given, over ROWS."""
    graph = Graph(content)
    known = {graph.input: graph.as_input(ROWS)}
    means = []
    for product in graph.products:
        if product.rows not in known:
            values = [value for (value,) in graph.run([product.rows], known)]
            known[product.rows] = np.concatenate(values)
        given = graph.meaning(product.rows, known[product.rows].mean(axis=0, keepdims=True))
        means.append(litert_bias._mean_of(graph, product, given))
    return means


def logits(content: bytes) -> np.ndarray:
    graph = Graph(content)
    out = int(graph._graph.outputs[0])
    values = [value for (value,) in graph.run([out], {graph.input: graph.as_input(ROWS)})]
    return graph.meaning(out, np.concatenate(values))


def test_every_product_has_its_exact_mean_to_a_step_of_its_bias(files):
    exact, plain, after = map(product_means, files)
    assert len(exact) == len(after) == 3
    for wanted, without, found in zip(exact, plain, after, strict=True):
        assert np.abs(found - wanted).max() < np.abs(without - wanted).max() / 20


def test_the_mean_of_a_product_is_what_the_runtime_computes(files):
    """Of the dense layer nothing but its logit comes out, so the runtime's mean is to be seen."""
    assert product_means(files[0])[-1] == pytest.approx(logits(files[0]).mean(axis=0), abs=1e-5)


def test_only_biases_differ(files):
    plain, after = Graph(files[1]), Graph(files[2])
    biases = {product.bias for product in plain.products}
    buffers = [
        (g._model.buffers, {g._graph.tensors[b].buffer for b in biases}) for g in (plain, after)
    ]
    for place, (one, other) in enumerate(zip(buffers[0][0], buffers[1][0], strict=True)):
        assert np.array_equal(one.data, other.data) == (place not in buffers[0][1])


def test_another_network_leaves_the_file_as_it_is(files):
    images = keras.Input((6, 6, 1))
    other = keras.Model(images, keras.layers.Dense(1)(keras.layers.Flatten()(images)))
    assert corrected(converted(other, False), files[1], ROWS) == files[1]


def test_large_images_are_corrected_with_fewer_rows(files, monkeypatch):
    """The products of the network are given 36, 72 and 8 numbers a row."""
    seen = []
    monkeypatch.setattr(litert_bias, "MOST_NUMBERS", 10 * (36 + 72 + 8))
    monkeypatch.setattr(
        litert_bias, "_exact_means", lambda graph, rows: seen.append(len(rows)) or []
    )
    with pytest.raises(ValueError, match="zip"):
        corrected(files[0], files[1], ROWS)
    assert seen == [10]
