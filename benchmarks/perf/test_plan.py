"""Planning large cross-products: every cell checked before any of them runs."""

from __future__ import annotations

import pytest

MODELS = "random-forest,logistic,decision-tree,dummy,one-rule"
CODE = """
import sys
from idsbench.catalog import load_catalog
from idsbench.plan import Request, make_plan
request = Request("iotid20", protocols="clean,paper-whole", samplers="none,smote-rus",
                  models=sys.argv[1], seeds="0-" + sys.argv[2], baselines=False)
plan = make_plan(load_catalog(), request)
assert len({cell.id for cell in plan.cells}) == int(sys.argv[3]), len(plan.cells)
assert all(cell.fingerprint for cell in plan.cells)
"""


@pytest.mark.parametrize("cells", [100, 1_000, 10_000])
def test_plan(benchmark, processes, python, cells):
    """A plan with ids and fingerprints, as a whole process; `peak_mb` is its resident memory.

    Target at 10,000 cells: 5 s and 500 MB; growth linear.
    """
    last_seed = cells // 20 - 1  # 2 protocols x 2 samplers x 5 models
    ended = processes(lambda: python(CODE, MODELS, last_seed, cells), rounds=5)
    benchmark.extra_info["peak_mb"] = round(max(one.last_number for one in ended), 1)
