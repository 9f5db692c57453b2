"""What the distribution offers, without importing a runtime."""

from __future__ import annotations

import subprocess
import sys

from idsbench.values import TargetTraits
from idsbench_litert.plugin import idsbench_targets


def test_the_target_runs_litert():
    (target,) = idsbench_targets()
    assert target.name == "edge-litert"
    assert target.traits == TargetTraits(format="litert")
    defaults = {"precision": "fp32", "threads": 1, "memory_mb": None}
    assert {parameter.name: parameter.default for parameter in target.parameters} == defaults


def test_registering_and_planning_import_no_runtime():
    code = (
        "import sys, idsbench_litert.plugin, idsbench_litert.target as t\n"
        "t.LitertTarget('int8', 1).refusal('cnn', ())\n"
        "print(sorted({'ai_edge_litert', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
