"""Registers the targets."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter, TargetTraits


@hookimpl
def idsbench_targets() -> list[Component]:
    """Offer `edge-c`."""
    return [
        Component(
            kind="target",
            name="edge-c",
            summary="C code compiled by gcc: its bytes, its instructions, its time",
            build="idsbench_devices.c_target:CTarget",
            parameters=(
                Parameter("dtype", str, "float", "of numbers", choices=("float", "int16")),
                Parameter("optimize", str, "s", "gcc's -O: size or speed", choices=("s", "2")),
            ),
            libraries=("emlearn", "onnx"),
            traits=TargetTraits(format="onnx"),
        )
    ]
