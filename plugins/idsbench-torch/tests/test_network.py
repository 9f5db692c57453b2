from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from idsbench_torch.architecture import Architecture
from idsbench_torch.network import attack_probability, build
from idsbench_torch.runtime import torch

BASE = Architecture((6, 6, 1), 12, 8, 3, 2, 16, "same", 2)
SHAPES = [
    BASE,
    replace(BASE, padding="valid", pooling=1),
    replace(BASE, kernel=5, convolutions=1, dense=0),
    replace(BASE, image=(5, 7, 3), size=9),
    replace(BASE, size=13, stride=2, pooling=1, activation="tanh", dropout=0.5),
    replace(BASE, pooling_type="average", activation="elu"),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rows", [1, 33])
def test_the_quick_form_gives_what_the_modules_give(shape, rows):
    network = build(shape).eval()
    images = torch.rand(rows, *shape.image)
    with torch.inference_mode():
        slow = torch.sigmoid(network(images.permute(0, 3, 1, 2))[:, 0].double())
        quick = attack_probability(network, shape)(images)
    assert quick.shape == (rows,)
    assert torch.equal(quick, slow)


def test_probabilities_of_sure_rows_stay_apart():
    network = build(BASE)
    with torch.no_grad():
        network.output.weight *= 0
        network.output.bias.fill_(20.0)
        sure = attack_probability(network, BASE)(torch.zeros(1, 6, 6, 1)).item()
        network.output.bias.fill_(21.0)
        surer = attack_probability(network, BASE)(torch.zeros(1, 6, 6, 1)).item()
    assert sure < surer < 1


def test_the_first_layer_repeats_pixels_and_invents_none():
    image = torch.rand(1, 1, 6, 6)
    enlarged = build(BASE).enlarge(image)
    np.testing.assert_array_equal(enlarged[0, 0], np.kron(image[0, 0], np.ones((2, 2))))
