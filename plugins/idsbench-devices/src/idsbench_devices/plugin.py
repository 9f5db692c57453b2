"""Registers the targets."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter, TargetTraits


@hookimpl
def idsbench_targets() -> list[Component]:
    """Offer `edge-c` and `edge-ssh`."""
    return [_edge_c(), _edge_ssh()]


def _edge_c() -> Component:
    return Component(
        kind="target",
        name="edge-c",
        summary="C code compiled by gcc: its bytes, its instructions, its time",
        build="idsbench_devices.c_target:CTarget",
        parameters=(
            Parameter("dtype", str, "float", "of numbers", choices=("float", "int16")),
            Parameter("optimize", str, "s", "gcc's -O: size or speed", choices=("s", "2")),
            Parameter("threads", int, 1, "one: nothing runs side by side", minimum=1, maximum=1),
            Parameter(
                "memory_mb",
                float,
                None,
                "most memory of the program",
                minimum=0.001,
                optional=True,
            ),
        ),
        libraries=("emlearn", "onnx"),
        traits=TargetTraits(format="onnx"),
    )


def _edge_ssh() -> Component:
    return Component(
        kind="target",
        name="edge-ssh",
        summary="A device of yours, reached by ssh: scored, timed and measured there",
        build="idsbench_devices.ssh_target:SshTarget",
        parameters=(
            Parameter("host", str, None, "name, address or ssh Host", optional=True),
            Parameter("port", int, None, "of ssh", minimum=1, maximum=65535, optional=True),
            Parameter("user", str, None, "who logs in", optional=True, identity=False),
            Parameter("runtime", str, "onnx", "what runs there", choices=("onnx", "litert", "c")),
            Parameter(
                "precision",
                str,
                "fp32",
                "int8 with onnx and litert, fp16 with litert",
                choices=("fp32", "fp16", "int8"),
            ),
            Parameter(
                "python", str, "python3", "the device's Python, 3.8 or newer", identity=False
            ),
            Parameter("config", str, None, "ssh configuration file", optional=True, identity=False),
            Parameter("threads", int, 1, "of its runtime", minimum=1, maximum=1024),
            Parameter(
                "memory_mb",
                float,
                None,
                "most memory there, of the runner with its runtime or of the C program",
                minimum=0.001,
                optional=True,
            ),
        ),
        libraries=("emlearn", "idsbench-edge", "onnx", "onnxruntime"),
        traits=TargetTraits(format="onnx"),
    )
