"""Registers the edge targets."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter, TargetTraits


@hookimpl
def idsbench_targets() -> list[Component]:
    """Offer `edge-onnx`."""
    return [
        Component(
            kind="target",
            name="edge-onnx",
            summary="ONNX Runtime, without the model's own framework",
            build="idsbench_edge.onnx_target:OnnxTarget",
            parameters=(
                Parameter("precision", str, "fp32", "of weights", choices=("fp32", "int8")),
                Parameter(
                    "threads", int, 1, "processors used for scoring", minimum=1, maximum=1024
                ),
                Parameter(
                    "memory_mb",
                    float,
                    None,
                    "most memory of a process that loads the runtime and scores",
                    minimum=1,
                    optional=True,
                ),
            ),
            preload=("onnxruntime",),
            libraries=("onnx", "onnxruntime"),
            traits=TargetTraits(format="onnx"),
        )
    ]
