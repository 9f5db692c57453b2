"""What the distribution offers, without importing what it is made with."""

from __future__ import annotations

import subprocess
import sys

from idsbench.values import TargetTraits
from idsbench_devices.plugin import idsbench_targets


def test_the_targets_take_onnx():
    targets = {target.name: target for target in idsbench_targets()}
    assert all(target.traits == TargetTraits(format="onnx") for target in targets.values())
    defaults = {p.name: p.default for p in targets["edge-c"].parameters}
    assert defaults == {"dtype": "float", "optimize": "s", "threads": 1, "memory_mb": None}
    choices = {p.name: p.choices for p in targets["edge-ssh"].parameters if p.choices}
    assert choices == {"runtime": ("onnx", "litert", "c"), "precision": ("fp32", "fp16", "int8")}
    assert {p.name for p in targets["edge-ssh"].parameters if not p.identity} == {
        "user",
        "python",
        "config",
    }


def test_registering_and_planning_import_no_library():
    code = (
        "import sys, idsbench_devices.plugin, idsbench_devices.c_target as c\n"
        "import idsbench_devices.ssh_target as s\n"
        "c.CTarget('float', 's').refusal('cnn', ())\n"
        "s.SshTarget('pi', None, None, 'c', 'python3', None, 1).refusal('cnn', ())\n"
        "s.SshTarget('pi', None, None, 'onnx', 'python3', None, 1, 'int8').refusal('x', ('onnx',))\n"
        "heavy = {'onnx', 'emlearn', 'onnxruntime', 'ai_edge_litert'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
