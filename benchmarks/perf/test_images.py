"""Laying out rows as images: speed, and memory that grows with rows times columns only."""

from __future__ import annotations

import numpy as np
import pytest

from idsbench.components import build

ROWS, COLUMNS = 625_783, 33  # the published IoTID20; a packet of MQTTset

# Lays out so many rows in a fresh process, which then prints its peak memory.
LAYOUT = f"""
import numpy as np
from idsbench.components import build
x = np.ones(({ROWS}, {COLUMNS}), np.float32)
image = build({{"build": "idsbench_images.image:Image", "parameters": {{"layout": "igtd"}}}})
image.fit(x[:2], np.array([0, 1], np.int16))
print(image.layout(x).shape)
"""


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("layout", ["as-is", "sorted", "correlated", "igtd"])
def test_layout_of_the_published_rows(benchmark, layout, channels):
    """Target: at least a million rows a second."""
    rng = np.random.default_rng(0)
    x = rng.random((ROWS, COLUMNS), dtype=np.float32)
    parameters = {"layout": layout, "channels": channels}
    image = build({"build": "idsbench_images.image:Image", "parameters": parameters})
    image.fit(x[:5_000], rng.integers(0, 2, 5_000).astype(np.int16))
    benchmark.pedantic(image.layout, args=(x,), rounds=5, warmup_rounds=1)
    if benchmark.stats:  # none where benchmarks are disabled
        benchmark.extra_info["million_rows_per_s"] = round(ROWS / benchmark.stats["min"] / 1e6, 1)


def test_memory_of_the_published_rows(benchmark, python):
    """Target: input and images once each (83 + 90 MB) over an empty process, at natural size."""
    done = benchmark.pedantic(python, args=(LAYOUT,), rounds=1)
    empty = python("import numpy, scipy.optimize, scipy.stats, idsbench_images.image\n")
    benchmark.extra_info["peak_mb"] = round(done.last_number)
    benchmark.extra_info["over_empty_mb"] = round(done.last_number - empty.last_number)
