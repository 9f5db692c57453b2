"""Generating stand-ins."""

from __future__ import annotations

import os

import pytest

from idsbench.cells import reference
from idsbench.components import build
from idsbench.selection import select
from idsbench.sources import synthesize

MAIN = "import sys; from idsbench.cli import main; assert main(sys.argv[1:]) == 0"


@pytest.mark.parametrize("name", ["iotid20", "mqttset"])
def test_embedded(benchmark, catalog, tmp_path, name):
    """The 20,000 rows that stand in for a missing file, with hash and sidecar. Target: 1 s."""
    dataset = build(reference(select(catalog, "dataset", name)[0]))
    out = tmp_path / "rows.csv"
    benchmark.pedantic(lambda: synthesize(dataset, out, 20_000, 0), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("name", ["iotid20", "mqttset"])
@pytest.mark.parametrize("rows", [625_783, 12_000_000])
def test_any_size(benchmark, python, tmp_path, name, rows):
    """`idsbench data synthesize` as a whole process, with its peak memory, which must not grow."""
    if rows > 1_000_000 and os.environ.get("IDSBENCH_PERF_LARGE") != "1":
        pytest.skip("set IDSBENCH_PERF_LARGE=1 to write 12 million rows (several GB)")
    words = ["data", "synthesize", name, "--rows", rows, "--out", tmp_path / "rows.csv"]
    ended = benchmark.pedantic(lambda: python(MAIN, *words), rounds=1)
    benchmark.extra_info["user_s"] = round(ended.user_s, 2)
    benchmark.extra_info["peak_mb"] = round(ended.last_number, 1)
    benchmark.extra_info["file_mb"] = round((tmp_path / "rows.csv").stat().st_size / 1e6)
    (tmp_path / "rows.csv").unlink()
