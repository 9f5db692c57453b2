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


def _run(catalog: Catalog, results, *ways: str) -> dict[str, dict]:
    """Run a model on a hostile target in these ways and on `cpu`; give the records by target."""
    targets = ",".join([*(f"hostile[does={way}]" for way in ways), "cpu"])
    request = Request("toy", models="faulty", targets=targets, baselines=False)
    records = run(catalog, make_plan(catalog, request), Options(results), SilentView())
    return {record["target"]: record for record in records}


def _ends(records: dict[str, dict]) -> dict[str, tuple[str, str]]:
    return {
        target.removeprefix("hostile[does=").removesuffix("]"): (one["status"], one["reason"])
        for target, one in records.items()
    }


def test_a_target_that_hangs_costs_its_own_cell_without_a_timeout(hostile, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "LIMITS_S", dict.fromkeys(loading.LIMITS_S, 1.0))
    began = time.monotonic()
    ways = ("hangs-deploy", "hangs-open", "hangs-row")
    assert _ends(_run(hostile, tmp_path, *ways)) == {
        "hangs-deploy": (
            "timeout",
            "deploy: deploying on hostile[does=hangs-deploy] did not finish within 1 s",
        ),
        "hangs-open": (
            "timeout",
            "measure: loading on hostile[does=hangs-open] did not finish within 1 s",
        ),
        "hangs-row": (
            "timeout",
            "measure: scoring a first row on hostile[does=hangs-row] did not finish within 1 s",
        ),
        "cpu": ("ok", ""),
    }
    assert time.monotonic() - began < 120


def test_what_a_target_says_of_its_costs_is_looked_at_and_the_others_finish(hostile, tmp_path):
    ways = ("absence-raises", "no-threads", "costs-nothing", "costs-negative", "costs-fpr")
    records = _run(hostile, tmp_path, *ways, "peak-text", "peak-raises")
    assert _ends(records) == {
        "absence-raises": (
            "skipped",
            "the target 'hostile' fails when asked whether it is here "
            "(RuntimeError: nobody is at home): mend or uninstall its plugin",
        ),
        "no-threads": (
            "failed",
            "measure: the target hostile[does=no-threads] gives threads 0: "
            "expected a whole number from 1",
        ),
        "costs-nothing": (
            "failed",
            "measure: the costs of the target hostile[does=costs-nothing] lack latency_p50_us",
        ),
        "costs-negative": (
            "failed",
            "measure: the target hostile[does=costs-negative] gives latency_p50_us -5.0: "
            "expected a number above 0",
        ),
        "costs-fpr": (
            "failed",
            "measure: the costs of the target hostile[does=costs-fpr] hold fpr, which is no cost of it",
        ),
        "peak-text": ("ok", ""),
        "peak-raises": ("ok", ""),
        "cpu": ("ok", ""),
    }
    peaks = {
        "peak-text": "footprint: the target hostile[does=peak-text] gives peak_rss_mb 'lots': "
        "expected a number above 0",
        "peak-raises": "footprint: RuntimeError: nobody looked",
    }
    for way, reason in peaks.items():
        record = records[f"hostile[does={way}]"]
        assert (record["peak_rss_mb"], record["latency_p50_us"]) == (None, 2.0)
        assert record["unmeasured"]["peak_rss_mb"] == reason
