from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_torch.mobilenet_network import WIDTHS, MobileShape, build, check, macs
from idsbench_torch.mobilenet_scoring import attack_probability
from idsbench_torch.runtime import nn, torch


@pytest.mark.parametrize(("version", "published_millions"), [("v1", 569), ("v2", 300)])
def test_macs_at_full_width_are_those_that_the_authors_publish(version, published_millions):
    shape = MobileShape((224, 224, 3), 224, version, 1.0, 0.9)
    # Theirs have a head of a thousand classes, one to two million of these.
    assert macs(build(shape).eval(), shape) / 1e6 == pytest.approx(published_millions, abs=2.5)


@pytest.mark.parametrize(("version", "published"), [("v1", 4_231_976), ("v2", 3_504_872)])
def test_weights_at_full_width_are_those_that_are_published(version, published):
    # Published with a thousand classes; averages of normalisation are not among them.
    network = build(MobileShape((224, 224, 3), 224, version, 1.0, 0.9))
    width = network[-1].in_features
    trained = sum(weights.numel() for weights in network.parameters())
    assert trained + 999 * (width + 1) == published


@pytest.mark.parametrize("version", WIDTHS)
@pytest.mark.parametrize("rows", [1, 9])
def test_the_quick_form_gives_what_the_modules_give(version, rows):
    shape = MobileShape((6, 5, 3), 45, version, WIDTHS[version][0], 0.5, dropout=0.5)
    network = build(shape)
    with torch.inference_mode():
        network(torch.rand(8, 3, 6, 5))  # moves the averages of normalisation
        network.eval()
        images = torch.rand(rows, 6, 5, 3)
        slow = torch.sigmoid(network(images.permute(0, 3, 1, 2))[:, 0].double())
        quick = attack_probability(network)(images)
    assert (quick.shape, quick.dtype) == ((rows,), torch.float64)
    np.testing.assert_allclose(quick, slow, rtol=1e-4)


def test_probabilities_of_sure_rows_stay_apart():
    network = build(MobileShape((6, 6, 1), 32, "v1", 0.25, 0.9)).eval()
    found = []
    for bias in (20.0, 21.0):
        with torch.no_grad():
            network[-1].bias.fill_(bias)
            network[-1].weight.zero_()
            found.append(attack_probability(network)(torch.zeros(1, 6, 6, 1)).item())
    assert found[0] < found[1] < 1


def test_the_first_layer_repeats_pixels_and_invents_none():
    image = torch.rand(1, 1, 8, 8)
    enlarged = build(MobileShape((8, 8, 1), 32, "v1", 0.25, 0.9))[0](image)
    np.testing.assert_array_equal(enlarged[0, 0], np.kron(image[0, 0], np.ones((4, 4))))


def test_every_normalization_keeps_the_share_asked_for():
    network = build(MobileShape((6, 6, 1), 32, "v2", 0.35, 0.7))
    found = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert len(found) == 52
    assert {round(1 - layer.momentum, 6) for layer in found} == {0.7}


def test_a_width_that_the_version_lacks_is_refused():
    with pytest.raises(CellError) as caught:
        check(MobileShape((6, 6, 1), 32, "v1", 0.35, 0.9))
    assert str(caught.value) == (
        "mobilenet-torch[version=v1] has no width alpha=0.35: use one of 0.25, 0.5, 0.75, 1"
    )


def test_an_image_that_would_be_shrunk_is_refused():
    with pytest.raises(CellError) as caught:
        check(MobileShape((6, 40, 1), 32, "v1", 0.25, 0.9))
    assert str(caught.value) == (
        "mobilenet-torch[size=32] would lose pixels of an image of 6 x 40: "
        "use mobilenet-torch[size=40] or more"
    )
