"""Registers the target."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import Component, Parameter, TargetTraits


@hookimpl
def idsbench_targets() -> list[Component]:
    """Offer `edge-litert`."""
    return [
        Component(
            kind="target",
            name="edge-litert",
            summary="LiteRT with XNNPACK, without TensorFlow or Keras",
            build="idsbench_litert.target:LitertTarget",
            parameters=(
                Parameter(
                    "precision",
                    str,
                    "fp32",
                    "fp16 is of weights only, int8 of all numbers",
                    choices=("fp32", "fp16", "int8"),
                ),
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
            preload=("ai_edge_litert.interpreter",),
            # The last two make the file, whatever framework the model is trained in.
            libraries=("ai-edge-litert", "keras", "tensorflow-cpu"),
            traits=TargetTraits(format="litert"),
        )
    ]
