"""What the distribution offers, without importing a runtime."""

from __future__ import annotations

import subprocess
import sys

from idsbench.values import TargetTraits
from idsbench_edge.plugin import idsbench_targets


def test_the_target_runs_onnx():
    (target,) = idsbench_targets()
    assert target.name == "edge-onnx"
    assert target.traits == TargetTraits(format="onnx")
    defaults = {"precision": "fp32", "threads": 1, "memory_mb": None}
    assert {parameter.name: parameter.default for parameter in target.parameters} == defaults


def test_registering_and_planning_import_no_runtime():
    code = (
        "import sys, idsbench_edge.plugin, idsbench_edge.onnx_target as t\n"
        "t.OnnxTarget('int8', 1).refusal('cnn', ())\n"
        "print(sorted({'onnx', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
