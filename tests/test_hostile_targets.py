"""Whatever a target does, its own cell says so in one sentence and the other targets finish."""

from __future__ import annotations

import sys
import time

import pytest

from idsbench import loading
from idsbench.catalog import Catalog
from idsbench.plan import Request, make_plan
from idsbench.run import Options, run
from idsbench.values import Plugin
from idsbench.view import SilentView


@pytest.fixture
def hostile(faults) -> Catalog:
    """Give the catalog of faults with a hostile target added."""
    sys.modules.pop("idsbench_hostile", None)
    import idsbench_hostile as module

    plugin = Plugin("idsbench-hostile", "0", "hostile", module.__name__, module.COMPONENTS)
    return Catalog((*faults.plugins, plugin))


def _run(catalog: Catalog, results, *ways: str) -> dict[str, tuple[str, str]]:
    """Run a model on a hostile target in these ways and on `cpu`; give status and reason by target."""
    targets = ",".join([*(f"hostile[does={way}]" for way in ways), "cpu"])
    request = Request("toy", models="faulty", targets=targets, baselines=False)
    records = run(catalog, make_plan(catalog, request), Options(results), SilentView())
    return {record["target"]: (record["status"], record["reason"]) for record in records}


def test_a_target_that_hangs_costs_its_own_cell_without_a_timeout(hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "LIMITS_S", dict.fromkeys(loading.LIMITS_S, 1.0))
    began = time.monotonic()
    assert _run(hostile, tmp_path, "hangs-deploy", "hangs-open", "hangs-row") == {
        "hostile[does=hangs-deploy]": (
            "timeout",
            "deploy: deploying on hostile[does=hangs-deploy] did not finish within 1 s",
        ),
        "hostile[does=hangs-open]": (
            "timeout",
            "measure: loading on hostile[does=hangs-open] did not finish within 1 s",
        ),
        "hostile[does=hangs-row]": (
            "timeout",
            "measure: scoring a first row on hostile[does=hangs-row] did not finish within 1 s",
        ),
        "cpu": ("ok", ""),
    }
    assert time.monotonic() - began < 120
