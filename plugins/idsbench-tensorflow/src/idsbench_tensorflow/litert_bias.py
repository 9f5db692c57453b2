"""Bias correction of a `.tflite` file of bytes (Nagel et al., 2019, section 4.2, on rows).

Rounding moves the mean of what a product gives, and the more so the more alike the rows are: then
most of them are rounded the same way. Shifting the bias by that much takes the mean back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from idsbench_tensorflow.litert_graph import Graph, Product
from idsbench_tensorflow.runtime import tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_NUMBERS = 2**27  # bytes of tensors that are kept


def corrected(exact: bytes, quantised: bytes, rows: NDArray[np.float32]) -> bytes:
    """Give a file of bytes whose products have their exact means.

    Products are corrected from the input on, so each shift makes up for what is left of the
    roundings before it too.

    Args:
        exact: the file of the same network in single precision.
        quantised: a full-integer file.
        rows: (m, h, w, c) calibration rows; fewer are used where images are large.

    Returns:
        a file with other biases; unchanged where the two have different products.
    """
    single, whole = Graph(exact), Graph(quantised)
    if [product.kind for product in single.products] != [p.kind for p in whole.products]:
        return quantised
    a_row = sum(single.size(product.rows) for product in single.products)
    count = min(len(rows), max(1, MOST_NUMBERS // a_row))
    rows = rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]
    wanted = _exact_means(single, rows)
    known = {whole.input: whole.as_input(rows)}
    for product, mean in zip(whole.products, wanted, strict=True):
        if product.rows not in known:
            values = [given for (given,) in whole.run([product.rows], known)]
            known[product.rows] = np.concatenate(values)
        given = whole.meaning(product.rows, known[product.rows].mean(axis=0, keepdims=True))
        whole.add(product, mean - _mean_of(whole, product, given))
    return whole.content()


def _exact_means(graph: Graph, rows: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Give for each product the mean (k,) of what it gives, before its activation, over rows."""
    places = [product.rows for product in graph.products]
    apart = sorted(set(places) - {graph.input})
    sums: dict[int, Any] = {graph.input: rows.sum(axis=0, keepdims=True, dtype=np.float64)}
    for values in graph.run(apart, {graph.input: rows}):
        for place, value in zip(apart, values, strict=True):
            sums[place] = sums.get(place, 0.0) + value.astype(np.float64)
    return [_mean_of(graph, product, sums[product.rows] / len(rows)) for product in graph.products]


def _mean_of(graph: Graph, product: Product, given: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the mean (k,) of what a product makes of rows whose mean is `given` (1, ...).

    It is linear, so the mean of its results is its result for the mean.
    """
    weights, bias = graph.meaning(product.weights), graph.meaning(product.bias)
    if product.kind == "dense":
        dense: NDArray[np.float64] = (given.reshape(-1, weights.shape[1]) @ weights.T).mean(axis=0)
        return dense + bias
    options = product.options
    step = [1, options.strideH, options.strideW, 1]
    apart = [options.dilationHFactor, options.dilationWFactor]
    padding = ("SAME", "VALID")[options.padding]
    if product.kind == "conv":
        filters = weights.transpose(1, 2, 3, 0)
        made = tf.nn.conv2d(given, filters, step, padding, dilations=apart)
    else:
        filters = weights.reshape(*weights.shape[1:3], given.shape[3], -1)
        made = tf.nn.depthwise_conv2d(given, filters, step, padding, dilations=apart)
    means: NDArray[np.float64] = made.numpy().mean(axis=(0, 1, 2))
    return means + bias
