"""A large table is held once, however many processes read it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from idsbench import jobs
from idsbench.cache import cache_folder
from idsbench.plan import Request, make_plan
from idsbench.steps import make_steps

# Opens the table as a cell does and touches every page. The first waits until it is told to end.
READER = """
import sys
from pathlib import Path
from idsbench.rowstore import open_table
x = open_table(Path(sys.argv[1])).x
assert float(x.sum()) != 0
fields = dict(line.split(":") for line in
              Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
size = {name: int(fields[name].split()[0]) * 1024 / 1e6
        for name in ("Rss", "Pss", "Private_Clean", "Private_Dirty")}
print(x.nbytes / 1e6, size["Rss"], size["Pss"], size["Private_Clean"] + size["Private_Dirty"],
      flush=True)
if sys.argv[2] == "first":
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def table(catalog, large, tmp_path_factory):
    """Give the cache entry of the large table."""
    request = Request(f"iotid20[file={large}]", models="dummy", baselines=False)
    cells = make_plan(catalog, request).cells
    scratch = tmp_path_factory.mktemp("scratch")
    steps, _ = make_steps(cells, cache_folder(), scratch, "quick")
    (load,) = (step for step in steps.values() if step.stage == "load")
    made = jobs.outcome(load.payload)
    assert made["outcome"] == "ok", made
    return load.out


def test_second_reader(benchmark, processes, python, table):
    """A second process that reads all of a 625,783-row table which another one holds.

    Its private memory is its own cost, `matrix_mb` the size of what both map; `pss_mb` counts a
    shared page by half. Target: no second copy.
    """
    command = [sys.executable, "-c", READER, str(table), "first"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        first.stdout.readline()
        ended = processes(lambda: python(READER, table, "second"), rounds=3)
        first.communicate()
    figures = ended[-1].output.splitlines()[0].split()
    for name, value in zip(("matrix_mb", "rss_mb", "pss_mb", "private_mb"), figures, strict=True):
        benchmark.extra_info[name] = round(float(value), 1)
