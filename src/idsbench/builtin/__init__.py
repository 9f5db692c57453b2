"""The components that ship with the core, offered through the same entry point as anyone's."""

from __future__ import annotations

from idsbench.builtin.protocols import idsbench_protocols
from idsbench.hookspecs import hookimpl
from idsbench.values import TASKS, Component, ModelTraits, Parameter, TargetTraits

__all__ = ["idsbench_executors", "idsbench_models", "idsbench_protocols", "idsbench_targets"]


@hookimpl
def idsbench_models() -> list[Component]:
    """Offer the baselines that stand in every leaderboard."""
    traits = ModelTraits(featurizer="table", input="table", tasks=TASKS, baseline=True)
    return [
        Component(
            kind="model",
            name="dummy",
            summary="the share of attacks in the training rows, for every row",
            build="idsbench.builtin.dummy:Dummy",
            traits=traits,
        ),
        Component(
            kind="model",
            name="one-rule",
            summary="one threshold on the single best column",
            build="idsbench.builtin.one_rule:OneRule",
            traits=traits,
        ),
    ]


@hookimpl
def idsbench_targets() -> list[Component]:
    """Offer the machine at hand."""
    threads = Parameter("threads", int, 1, "processors used for scoring", minimum=1, maximum=1024)
    return [
        Component(
            kind="target",
            name="cpu",
            summary="this machine's processor, in the model's own framework",
            build="idsbench.builtin.cpu:Cpu",
            parameters=(threads,),
        ),
        Component(
            kind="target",
            name="gpu",
            summary="this machine's first NVIDIA GPU (CUDA), in the model's own framework",
            build="idsbench.builtin.gpu:Gpu",
            parameters=(threads,),
            traits=TargetTraits(format="saved", framework=True),
        ),
    ]


@hookimpl
def idsbench_executors() -> list[Component]:
    """Offer this machine's processes."""
    return [
        Component(
            kind="executor",
            name="local",
            summary="this machine's processes, one for each training and measurement",
            build="idsbench.run:run",
        )
    ]
