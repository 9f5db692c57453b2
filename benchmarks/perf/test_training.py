"""Training a network through idsbench against a bare loop of the same framework, and its memory."""

from __future__ import annotations

import pytest

# What both sides share: the rows, the model as the core builds it, and the CPU seconds of a call.
SHARED = """
import os, sys
import numpy as np
from idsbench.catalog import load_catalog
from idsbench.cells import reference
from idsbench.components import build
from idsbench.selection import select
from idsbench.values import Batch

rng = np.random.default_rng(0)

def rows(count):
    y = (np.arange(count) % 3 > 0).astype(np.int16)
    return rng.random((count, 6, 6, 1), dtype=np.float32), y

def make(spec):
    return build(reference(select(load_catalog(), "model", spec)[0]))

def fit(model, x, y):
    model.fit(Batch(x, y), Batch(x[:0], y[:0]), np.random.default_rng(0), lambda entry: None)

def cpu_seconds(work):
    before = os.times()
    work()
    after = os.times()
    return after.user + after.system - before.user - before.system
"""
TORCH = """
from idsbench_torch.runtime import nn, torch

def bare(network, x, y):
    optimiser = torch.optim.Adam(network.parameters())
    images, labels = torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(y).float()
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(labels)), BATCH):
            optimiser.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(
                network(images[rows])[:, 0], labels[rows])
            loss.backward()
            optimiser.step()
"""
KERAS = """
from idsbench_tensorflow.runtime import keras

def bare(network, x, y):
    network.compile(keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True))
    network.fit(x, y.astype(np.float32), BATCH, EPOCHS, verbose=0)
"""
# Rows, epochs and rows a step are those of the defaults; so are the networks.
BARE = {
    "cnn": """
EPOCHS, BATCH, ROWS = 5, 256, 15_000
def plain():
    return nn.Sequential(
        nn.Upsample((12, 12)), nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, 1))
""",
    "mobilenet-torch": """
from idsbench_torch.mobilenet_network import MobileShape, build as modules
EPOCHS, BATCH, ROWS = 2, 32, 1000
def plain():
    return modules(MobileShape((6, 6, 1), 32, "v2", 0.35, 0.8))
""",
    "cnn-keras": """
EPOCHS, BATCH, ROWS = 5, 256, 15_000
def plain():
    layer = keras.layers
    return keras.Sequential([
        layer.Input((6, 6, 1)), layer.Resizing(12, 12, interpolation="nearest"),
        layer.Conv2D(32, 3, padding="same", activation="relu"), layer.MaxPooling2D(2),
        layer.Conv2D(32, 3, padding="same", activation="relu"), layer.MaxPooling2D(2),
        layer.Flatten(), layer.Dense(64, activation="relu"), layer.Dense(1)])
""",
    "mobilenet": """
EPOCHS, BATCH, ROWS = 2, 32, 1000
def plain():
    base = keras.applications.MobileNetV2(
        (32, 32, 1), alpha=0.35, include_top=False, weights=None, pooling="avg")
    layer = keras.layers
    return keras.Sequential([
        layer.Input((6, 6, 1)), layer.Resizing(32, 32, interpolation="nearest"), base,
        layer.Dense(1)])
""",
}
# A first, short training of each side loads what a framework loads late.
COMPARE = """
x, y = rows(ROWS)
fit(make(NAME), x[:64], y[:64])
bare(plain(), x[:64], y[:64])
spent = {"ours": [], "bare": []}
for _ in range(int(sys.argv[1])):
    model, network = make(NAME), plain()
    spent["ours"].append(cpu_seconds(lambda: fit(model, x, y)))
    spent["bare"].append(cpu_seconds(lambda: bare(network, x, y)))
print(ROWS * EPOCHS / min(spent["ours"]), ROWS * EPOCHS / min(spent["bare"]))
"""
LARGE = """
x, y = rows(int(sys.argv[2]))
model = make(sys.argv[1])
fit(model, x[:64], y[:64])
model.scores(x)
"""


@pytest.mark.parametrize("name", BARE)
def test_training_throughput(benchmark, python, name):
    """Rows learned from in a CPU second, ours and those of a bare loop, in turns in one process.

    Ours shuffles, keeps losses and accuracy and reports progress; in Keras the bare side is `fit`.
    Target: `ratio` of 0.95 or more.
    """
    framework = KERAS if name in ("cnn-keras", "mobilenet") else TORCH
    program = SHARED + framework + BARE[name] + f"NAME = {name!r}\n" + COMPARE
    ended = benchmark.pedantic(lambda: python(program, 2), rounds=1)
    ours, bare = map(float, ended.output.splitlines()[-2].split())
    benchmark.extra_info |= {
        "rows_per_cpu_s": round(ours),
        "bare_rows_per_cpu_s": round(bare),
        "ratio": round(ours / bare, 3),
    }


@pytest.mark.parametrize("name", ["mobilenet", "mobilenet-torch"])
def test_memory_of_enlarging(benchmark, python, name):
    """Peak memory of training and scoring at 224 x 224, with few rows and with many.

    Each enlarged row is 0.2 MB, so that `more_rows` of them would be `enlarged_mb` if they were
    held at once. Target: `growth_mb` far under that.
    """
    spec = f"{name}[version=v1,alpha=0.25,size=224,batch=16,epochs=1,max_rows=none]"
    program = SHARED + LARGE
    few = python(program, spec, 100)
    many = benchmark.pedantic(lambda: python(program, spec, 2_100), rounds=1)
    benchmark.extra_info |= {
        "peak_mb": round(many.last_number),
        "growth_mb": round(many.last_number - few.last_number),
        "more_rows": 2_000,
        "enlarged_mb": round(2_000 * 224**2 * 4 / 1e6),
    }
