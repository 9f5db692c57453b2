from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from idsbench.values import Batch
from idsbench_anomaly.plugin import idsbench_models

MODELS = {component.name: component for component in idsbench_models()}


@pytest.fixture(autouse=True)
def _thread_limits_end_with_the_test() -> Iterator[None]:
    """`restore` limits threads for the whole process, which is this one; so do tests."""
    threads = torch.get_num_threads()
    with threadpool_limits():
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def make() -> Callable[..., Any]:
    """Build a model as the core does: every declared default, with a few replaced."""

    def build(name: str, **replaced: object) -> Any:
        module, attribute = MODELS[name].build.split(":")
        defaults = {parameter.name: parameter.default for parameter in MODELS[name].parameters}
        small = {"epochs": 15, "batch": 32}
        return getattr(import_module(module), attribute)(**{**defaults, **small, **replaced})

    return build


@pytest.fixture
def traffic() -> Callable[..., Batch]:
    """Benign rows whose columns follow one another in groups of four; attacks follow nothing."""

    def build(rows: int = 800, columns: int = 12, seed: int = 0) -> Batch:
        rng = np.random.default_rng(seed)
        y = (np.arange(rows) % 4 == 0).astype(np.int16)
        x = np.repeat(rng.random((rows, columns // 4)), 4, axis=1)
        x[:, 1::2] = 1 - x[:, 1::2]
        x += 0.01 * rng.normal(size=x.shape)
        x[y == 1] = rng.random((int(y.sum()), columns))
        return Batch(x.astype(np.float32), y)

    return build
