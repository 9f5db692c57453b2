"""The LiteRT file of a network scores as the network does."""

from __future__ import annotations

import builtins
from dataclasses import replace

import numpy as np
import pytest

from idsbench.errors import CellSkipped
from idsbench_torch.architecture import Architecture
from idsbench_torch.litert_export import write_cnn, write_mobilenet
from idsbench_torch.mobilenet_network import MobileShape
from idsbench_torch.mobilenet_network import build as build_mobilenet
from idsbench_torch.network import build as build_cnn
from idsbench_torch.runtime import torch

RNG = np.random.default_rng(0)
BASE = Architecture((6, 6, 1), 12, 8, 3, 2, 16, "same", 2)
NETWORKS = {
    "cnn": (write_cnn, build_cnn, BASE),
    "cnn without a dense layer": (write_cnn, build_cnn, replace(BASE, dense=0, filters=5)),
    "cnn in colour, with steps": (
        write_cnn,
        build_cnn,
        replace(BASE, image=(5, 7, 3), size=13, stride=2, pooling=1, activation="tanh"),
    ),
    "mobilenet v1": (write_mobilenet, build_mobilenet, MobileShape((6, 6, 1), 32, "v1", 0.25, 0.8)),
    "mobilenet v2": (write_mobilenet, build_mobilenet, MobileShape((7, 5, 3), 45, "v2", 0.35, 0.8)),
}


def settled(network, rows):
    """The network with other biases, and with averages as training leaves them."""
    torch.manual_seed(0)
    with torch.no_grad():
        for values in network.parameters():
            if values.ndim == 1:
                values.add_(torch.rand_like(values) * 0.1)
        for _ in range(30):
            network.train()(rows)
    return network.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_scores_as_the_network_does(name, tmp_path):
    pytest.importorskip("idsbench_tensorflow", reason="its converter writes the file")
    scorer = pytest.importorskip("idsbench_litert.scorer", reason="it runs the file")
    write, build, shape = NETWORKS[name]
    x = RNG.random((20, *shape.image), dtype=np.float32)
    rows = torch.from_numpy(x).permute(0, 3, 1, 2)
    network = settled(build(shape), rows)
    write(network, shape, "litert", tmp_path, x)
    with torch.inference_mode():
        expected = torch.sigmoid(network(rows)[:, 0].double()).numpy()
    assert expected.std() > 1e-3
    found = scorer.LitertScorer(tmp_path / "model.tflite", 1).scores(x)
    assert found == pytest.approx(expected, abs=1e-5)


def test_without_the_partner_the_reason_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **more):
        if name.startswith("idsbench_tensorflow"):
            raise ModuleNotFoundError("no such module", name="idsbench_tensorflow")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(CellSkipped) as caught:
        write_cnn(build_cnn(BASE), BASE, "litert", tmp_path, np.zeros((1, 6, 6, 1), np.float32))
    assert str(caught.value) == (
        "a LiteRT file of 'cnn' is made by TensorFlow's converter, and idsbench_tensorflow is not "
        "installed: pip install idsbench-tensorflow, or use edge-onnx"
    )
