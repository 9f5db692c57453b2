"""Fingerprints are found by reading sources: no module of a component is imported for them."""

from __future__ import annotations

import json
import subprocess
import sys

# Fingerprints of every installed component; then the modules that were loaded on the way.
WORK = """
import json, sys
from idsbench.catalog import load_catalog
from idsbench.fingerprint import fingerprint
from idsbench.values import KINDS

components = [one for kind in KINDS for one in load_catalog().components(kind)]
before = set(sys.modules)
made = {fingerprint([(one.build, one.libraries)], ["idsbench.prepare"]) for one in components}
builds = sorted({one.build.partition(":")[0] for one in components})
print(json.dumps([builds, len(made), sorted(before), sorted(set(sys.modules) - before)]))
"""
FRAMEWORKS = {"sklearn", "imblearn", "torch", "tensorflow", "keras", "numpy", "polars", "pandas"}


def test_a_fingerprint_imports_no_module_of_a_component_and_no_framework():
    done = subprocess.run(
        [sys.executable, "-c", WORK], capture_output=True, text=True, check=True, timeout=120
    )
    builds, made, before, after = json.loads(done.stdout)
    assert len(builds) > 1
    assert made > 1
    loaded = {*before, *after}
    assert [name for name in builds if name in loaded] == []
    assert FRAMEWORKS & loaded == set()


def test_what_this_looks_for_would_be_seen():
    work = WORK.replace("before = set", "import idsbench.prepare, numpy\nbefore = set")
    done = subprocess.run(
        [sys.executable, "-c", work], capture_output=True, text=True, check=True, timeout=120
    )
    _, _, before, _ = json.loads(done.stdout)
    assert {"idsbench.prepare", "numpy"} <= set(before)
