from __future__ import annotations

from dataclasses import replace

import pytest

from idsbench.errors import CellError
from idsbench_torch.architecture import Architecture, check, flat_width, macs
from idsbench_torch.network import build
from idsbench_torch.runtime import nn, torch

BASE = Architecture((6, 6, 1), 12, 8, 3, 2, 16, "same", 2)
SHAPES = [
    BASE,
    replace(BASE, padding="valid"),
    replace(BASE, kernel=5, convolutions=1, pooling=3),
    replace(BASE, image=(9, 9, 3), size=13, pooling=1, dense=0),
    replace(BASE, size=13, stride=2, pooling=1),
    replace(BASE, size=13, stride=2, padding="valid", pooling=1),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_macs_are_those_that_the_layers_do(shape):
    counted = 0

    def count(layer, _, output):
        nonlocal counted
        per_output = layer.weight.numel() // layer.weight.shape[0]
        counted += output.numel() * per_output

    network = build(shape)
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    height, width, channels = shape.image
    network(torch.zeros(1, channels, height, width))
    assert macs(shape) == counted


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_flat_width_is_what_the_first_dense_layer_takes(shape):
    first = next(layer for layer in build(shape) if isinstance(layer, nn.Linear))
    assert flat_width(shape) == first.in_features


def test_an_image_that_would_be_shrunk_is_refused():
    with pytest.raises(CellError) as caught:
        check(replace(BASE, image=(15, 14, 1)))
    assert str(caught.value) == (
        "cnn[size=12] would lose pixels of an image of 15 x 14: use cnn[size=15] or more"
    )


@pytest.mark.parametrize(
    ("shape", "number"),
    [(replace(BASE, convolutions=5), 4), (replace(BASE, padding="valid", kernel=7), 2)],
    ids=["pooled away", "borders cut away"],
)
def test_a_network_that_runs_out_of_pixels_is_refused(shape, number):
    with pytest.raises(CellError) as caught:
        check(shape)
    assert str(caught.value) == (
        f"cnn[size=12] has no pixel left after convolution {number} of {shape.convolutions}: "
        "use a larger size, fewer convolutions or less pooling"
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_that_fit_are_accepted(shape):
    check(shape)
