from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from idsbench.values import Batch
from idsbench_tensorflow.cnn import Cnn
from idsbench_tensorflow.mobilenet import MobileNet
from idsbench_tensorflow.plugin import CNN, MOBILENET


@pytest.fixture(scope="session")
def make() -> Callable[..., MobileNet]:
    """Build the model as the core does: every declared default, with a few replaced."""

    def build(**replaced: object) -> MobileNet:
        # v1 is the quickest to trace.
        small = {"version": "v1", "epochs": 1, "batch": 16}
        defaults = {parameter.name: parameter.default for parameter in MOBILENET.parameters}
        return MobileNet(**{**defaults, **small, **replaced})  # type: ignore[arg-type]

    return build


@pytest.fixture(scope="session")
def make_cnn() -> Callable[..., Cnn]:
    """Build the model as the core does: every declared default, with a few replaced."""

    def build(**replaced: object) -> Cnn:
        small = {"filters": 4, "dense": 8, "size": 8, "batch": 64, "epochs": 2}
        defaults = {parameter.name: parameter.default for parameter in CNN.parameters}
        return Cnn(**{**defaults, **small, **replaced})  # type: ignore[arg-type]

    return build


@pytest.fixture(scope="session")
def images() -> Callable[..., Batch]:
    """Make images whose attack rows are brighter in one half."""

    def build(rows: int = 48, side: int = 6, channels: int = 1, seed: int = 0) -> Batch:
        rng = np.random.default_rng(seed)
        y = (np.arange(rows) % 3 > 0).astype(np.int16)
        x = rng.random((rows, side, side, channels)).astype(np.float32) * 0.5
        x[y == 1, : side // 2] += 0.4
        return Batch(x, y)

    return build
