"""The models here and their partners in Keras are the same networks with the same parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from idsbench_torch.architecture import Architecture
from idsbench_torch.mobilenet_network import MobileShape
from idsbench_torch.mobilenet_network import build as build_mobilenet
from idsbench_torch.network import build as build_cnn
from idsbench_torch.papers import PAPER_C, PAPER_M
from idsbench_torch.plugin import CNN, MOBILENET
from idsbench_torch.runtime import nn, torch

pytest.importorskip("idsbench_tensorflow", reason="the partners are in idsbench-tensorflow")

from idsbench_tensorflow import cnn_network, network, papers, plugin

BASE = Architecture((6, 6, 1), 12, 8, 3, 2, 16, "same", 2)
CNNS = [
    BASE,
    replace(BASE, padding="valid", dense=0, filters=5),
    replace(BASE, image=(5, 7, 3), size=13, stride=2, pooling=1, activation="tanh"),
    replace(BASE, kernel=5, convolutions=1, pooling_type="average", activation="elu"),
]
MOBILENETS = [
    MobileShape((6, 6, 1), 32, "v1", 0.25, 0.8),
    MobileShape((7, 5, 3), 45, "v1", 0.75, 0.8),
    MobileShape((6, 6, 1), 32, "v2", 0.35, 0.8),
    MobileShape((7, 5, 3), 45, "v2", 1.4, 0.8),
]


def keras_cnn(shape):
    names = cnn_network.CnnShape.__dataclass_fields__
    return cnn_network.build(cnn_network.CnnShape(**{name: getattr(shape, name) for name in names}))


def keras_mobilenet(shape):
    return network.build(network.Architecture(**vars(shape)))


def numbers(net):
    """Weights, biases and averages of a PyTorch network in the order in which they are built."""
    return [
        values for name, values in net.state_dict().items() if "num_batches_tracked" not in name
    ]


def take_weights(net, theirs):
    """Give a PyTorch network those of a Keras network of the same shape."""
    weights = theirs.get_weights()
    layers = [x for x in net.modules() if isinstance(x, nn.Conv2d | nn.BatchNorm2d | nn.Linear)]
    flat = next((x for x in reversed(theirs.layers) if x.name == "flatten"), None)
    with torch.no_grad():
        for layer in layers:
            for values in numbers(layer):
                given = weights.pop(0)
                if given.ndim == 4:  # (h, w, in, out), in depthwise convolutions (h, w, out, 1)
                    given = given.transpose((3, 2, 0, 1))
                    given = given if given.shape == values.shape else given.transpose(1, 0, 2, 3)
                elif given.ndim == 2 and flat is not None:
                    # Keras flattens (h, w, c), PyTorch (c, h, w).
                    given = given.reshape(*flat.input.shape[1:], -1).transpose(3, 2, 0, 1)
                    given, flat = given.reshape(len(given), -1), None
                elif given.ndim == 2:
                    given = given.T
                values.copy_(torch.from_numpy(given.copy()))
    assert weights == []


@pytest.mark.parametrize(
    ("ours", "theirs"), [(CNN, plugin.CNN), (MOBILENET, plugin.MOBILENET)], ids=["cnn", "mobilenet"]
)
def test_partners_have_the_same_parameters_with_the_same_defaults(ours, theirs):
    # Keras has v3-small besides.
    assert [
        replace(parameter, choices=("v1", "v2")) if parameter.name == "version" else parameter
        for parameter in theirs.parameters
    ] == list(ours.parameters)


def test_partners_know_the_same_papers():
    assert (PAPER_C, PAPER_M) == (papers.PAPER_C, papers.PAPER_M)


@pytest.mark.parametrize("shape", CNNS, ids=str)
def test_the_same_weights_give_the_same_logits_in_both_cnns(shape):
    ours, theirs = build_cnn(shape).eval(), keras_cnn(shape)
    assert sum(values.numel() for values in numbers(ours)) == theirs.count_params()
    take_weights(ours, theirs)
    x = np.random.default_rng(0).random((9, *shape.image), dtype=np.float32)
    with torch.inference_mode():
        found = ours(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(found, theirs(x).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", MOBILENETS, ids=str)
def test_the_same_weights_give_the_same_logits_in_both_mobilenets(shape):
    ours, theirs = build_mobilenet(shape).eval(), keras_mobilenet(shape)
    assert sum(values.numel() for values in numbers(ours)) == theirs.count_params()
    rng = np.random.default_rng(0)
    theirs.set_weights(
        [w + rng.uniform(0, 0.1, w.shape).astype(w.dtype) for w in theirs.get_weights()]
    )
    take_weights(ours, theirs)
    x = rng.random((9, *shape.image), dtype=np.float32)
    with torch.inference_mode():
        found = ours(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(found, theirs(x, training=False).numpy(), rtol=1e-3)


@pytest.mark.parametrize("size", [45, 64, 100, 224])
def test_partners_repeat_the_same_pixels(size):
    image = np.random.default_rng(0).random((1, 7, 9, 1), dtype=np.float32)
    mobile, plain = replace(MOBILENETS[1], image=(7, 9, 1), size=size), replace(BASE, size=size)
    plain = replace(plain, image=(7, 9, 1))
    for ours, theirs in (
        (build_cnn(plain)[0], keras_cnn(plain)),
        (build_mobilenet(mobile)[0], keras_mobilenet(mobile)),
    ):
        found = ours(torch.from_numpy(image).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        expected = theirs.get_layer("enlarge")(image).numpy()
        np.testing.assert_array_equal(found.numpy(), expected)
