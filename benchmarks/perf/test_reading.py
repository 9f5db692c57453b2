"""Reading a file of the published size. Both readers run in one session: compare within it."""

from __future__ import annotations

import pytest

IDSBENCH = """
import sys
from pathlib import Path
from idsbench.catalog import load_catalog
from idsbench.cells import reference
from idsbench.components import build
from idsbench.selection import select
dataset = build(reference(select(load_catalog(), "dataset", "iotid20")[0]))
single = next(layout for layout in dataset.card.layouts if len(layout.slots) == 1)
table = dataset.load((Path(sys.argv[1]),), single.name)
assert table.x.dtype == "float32" and len(table.x) == int(sys.argv[2])
"""
PANDAS = """
import sys
import pandas
frame = pandas.read_csv(sys.argv[1])
x = frame.select_dtypes("number").to_numpy(dtype="float32")
assert len(x) == int(sys.argv[2])
"""


@pytest.mark.benchmark(group="read 625,783 rows to float32")
@pytest.mark.parametrize("code", [IDSBENCH, PANDAS], ids=["idsbench", "pandas"])
def test_read(benchmark, processes, python, large, code):
    """From a CSV file to a float32 matrix, as a whole process with its peak memory.

    idsbench also checks the header, counts rows, replaces what is no number, and reads the labels;
    pandas is asked for nothing but the numbers.
    """
    if code is PANDAS:
        pytest.importorskip("pandas")
    ended = processes(lambda: python(code, large, 625_783), rounds=3)
    benchmark.extra_info["peak_mb"] = round(max(one.last_number for one in ended), 1)
