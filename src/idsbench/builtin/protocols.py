"""The protocols that ship with the core: what each is called, takes and claims."""

from __future__ import annotations

from idsbench.hookspecs import hookimpl
from idsbench.split_values import FoldTraits, JoinTraits, ManifestTraits
from idsbench.values import Component, Parameter, ProtocolTraits

PAPER_SCALE = {"scale": "minmax"}
STRATIFIED = "idsbench.builtin.stratified:StratifiedSplit"


@hookimpl
def idsbench_protocols() -> list[Component]:
    """Offer the default protocol, both readings of the papers, and what else scores may claim."""
    return [*_random(), _grouped(), _temporal(), *_held_out(), _cross(), _frozen()]


def _random() -> list[Component]:
    return [
        Component(
            kind="protocol",
            name="clean",
            summary="stratified random 70/15/15; nothing is fitted outside training rows",
            build=STRATIFIED,
            traits=ProtocolTraits(
                claims="New rows of this capture; nothing about another host, day or network."
            ),
        ),
        Component(
            kind="protocol",
            name="paper-whole",
            summary="the papers' Table 1: scale and balance the whole table, then split 70/15/15",
            build=STRATIFIED,
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
            build=STRATIFIED,
            traits=ProtocolTraits(
                claims="New rows of this capture, with scaling fitted on test rows too.",
                fit_on="table",
                defaults=PAPER_SCALE,
                weighted=True,
            ),
        ),
    ]


def _grouped() -> Component:
    return Component(
        kind="protocol",
        name="grouped",
        summary="70/15/15 with no group of the card (flow, stream) on two sides",
        build="idsbench.builtin.grouped:Grouped",
        parameters=(
            Parameter(
                "by",
                str,
                "card",
                "card: the card's group, or equal feature vectors where the file lacks it; "
                "vector: equal feature vectors always",
                choices=("card", "vector"),
            ),
        ),
        traits=ProtocolTraits(claims="New flows from the same network."),
    )


def _temporal() -> Component:
    return Component(
        kind="protocol",
        name="temporal",
        summary="train on the past, validate on what follows, test on the future",
        build="idsbench.builtin.temporal:Temporal",
        parameters=(
            Parameter(
                "within",
                str,
                "table",
                "table: one past and one future; class: each finest class has its own",
                choices=("table", "class"),
            ),
        ),
        traits=ProtocolTraits(claims="The same network later."),
    )


def _held_out() -> list[Component]:
    return [
        Component(
            kind="protocol",
            name="leave-one-group-out",
            summary="a fold of the card's groups (hosts, devices, captures) is held out whole",
            build="idsbench.builtin.leave_one_group_out:LeaveOneGroupOut",
            parameters=(
                Parameter("fold", int, None, "only this fold, from 0", minimum=0, optional=True),
                Parameter(
                    "folds", int, 5, "into how many the groups are dealt", minimum=2, maximum=1000
                ),
            ),
            traits=FoldTraits(
                claims="Another group of the card's kind, its benign traffic too.",
                fold="fold",
                count="folds",
            ),
        ),
        Component(
            kind="protocol",
            name="leave-one-attack-out",
            summary="one attack is in no training and no validation row, and alone in the test",
            build="idsbench.builtin.leave_one_attack_out:LeaveOneAttackOut",
            parameters=(
                Parameter("attack", str, None, "only this attack of the card", optional=True),
            ),
            traits=FoldTraits(
                claims="An attack that was never seen, among benign rows of this capture.",
                fold="attack",
                listed="attacks",
            ),
        ),
    ]


def _cross() -> Component:
    return Component(
        kind="protocol",
        name="cross-dataset",
        summary="train on another dataset, test on all rows of this one, over shared flow columns",
        build="idsbench.builtin.cross_dataset:CrossDataset",
        parameters=(
            Parameter(
                "train",
                str,
                None,
                "the dataset to train on; else every other selected one",
                optional=True,
            ),
        ),
        traits=JoinTraits(
            claims="Another network, with thresholds from the network trained on.", train="train"
        ),
    )


def _frozen() -> Component:
    return Component(
        kind="protocol",
        name="frozen",
        summary="the split that a manifest lists row by row, see --split-manifest",
        build="idsbench.builtin.frozen:Frozen",
        parameters=(
            Parameter("manifest", str, None, "its file", optional=True, identity=False),
            Parameter("split", str, None, "its name, filled in by the plan", optional=True),
        ),
        traits=ManifestTraits(
            claims="What the protocol that made the split claims, on the very same rows.",
            manifest="manifest",
            split="split",
        ),
    )
