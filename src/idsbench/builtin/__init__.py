"""The components that ship with the core, offered through the same entry point as anyone's."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.values import TASKS, Component, ModelTraits, Parameter, ProtocolTraits

PAPER_SCALE = {"scale": "minmax"}


@hookimpl
def idsbench_protocols() -> list[Component]:
    """Offer the default protocol and both readings of the papers."""
    return [
        Component(
            kind="protocol",
            name="clean",
            summary="stratified random 70/15/15; nothing is fitted outside training rows",
            build="idsbench.builtin.stratified:StratifiedSplit",
            traits=ProtocolTraits(
                claims="New rows of this capture; nothing about another host, day or network."
            ),
        ),
        Component(
            kind="protocol",
            name="paper-whole",
            summary="the papers' Table 1: scale and balance the whole table, then split 70/15/15",
            build="idsbench.builtin.stratified:StratifiedSplit",
            traits=ProtocolTraits(
                claims="What the papers print; test rows are resampled and share parents with "
                "training rows, so it claims nothing about new traffic.",
                fit_on="table",
                balance="table",
                defaults=PAPER_SCALE,
            ),
        ),
        Component(
            kind="protocol",
            name="paper-train",
            summary="the papers' other reading: scale the whole table, split, balance training rows",
            build="idsbench.builtin.stratified:StratifiedSplit",
            traits=ProtocolTraits(
                claims="New rows of this capture, with scaling fitted on test rows too.",
                fit_on="table",
                defaults=PAPER_SCALE,
                weighted=True,
            ),
        ),
    ]


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
    return [
        Component(
            kind="target",
            name="cpu",
            summary="this machine's processor, in the model's own framework",
            build="idsbench.builtin.cpu:Cpu",
            parameters=(
                Parameter(
                    "threads", int, 1, "processors used for scoring", minimum=1, maximum=1024
                ),
            ),
        )
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
