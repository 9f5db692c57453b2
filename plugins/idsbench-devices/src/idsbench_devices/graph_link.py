"""What boosted trees' sums go through in ONNX: a start, a link, and columns for classes never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from idsbench_devices.graph_layers import Known, refused
from idsbench_devices.network import Forest

LINKS = {"Sigmoid": "logistic", "Softmax": "softmax"}
SECOND = ("Sub", "Concat")  # of one probability the other one


def linked(forest: Forest, nodes: Sequence[Any], known: Known) -> Forest:
    """Give a forest with the start and the link of the operators behind it.

    Args:
        forest: trees alone.
        nodes: `Cast`, `Add` of a constant, `Sigmoid` or `Softmax`; then what puts the classes'
            scores into their columns and takes those that are asked for.
        known: the graph's constants.

    Raises:
        CellSkipped: another operator, or a class of the task that the trees have no sum for.
    """
    padding = 0
    for node in nodes:
        kind, constants = node.op_type, [known[name] for name in node.input if name in known]
        if kind == "Add" and forest.link == "identity" and constants:
            start = forest.start + constants[0].astype(np.float32).ravel()
            forest = replace(forest, start=start)
        elif kind in LINKS and forest.link == "identity" and (kind == "Sigmoid") == _one(forest):
            forest = replace(forest, link=LINKS[kind])
        elif kind == "Pad" and len(constants[0]) == 4:
            padding = int(constants[0][1])
        elif kind == "Gather" and _wanted(forest) == [
            int(at) - padding for at in constants[0].flat
        ]:
            continue
        elif kind not in ("Cast", *(SECOND if _one(forest) else ())):
            raise refused(node)
    return forest


def _one(forest: Forest) -> bool:
    return forest.outputs == 1


def _wanted(forest: Forest) -> list[int]:
    """Give the classes whose scores the C gives: of two the attack, else all in order."""
    return [1] if _one(forest) else list(range(forest.outputs))
