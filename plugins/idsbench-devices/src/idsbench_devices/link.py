"""The last step from a logit to a probability, which C leaves to who reads its answer.

A device decides by the sign of a logit and saves the exponential. In single precision all logits
over 17 would become the same probability, 1, and the order of sure rows would be lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idsbench_devices.network import Forest, Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOGISTIC = "logistic"


def without_link(model: Forest | Layers) -> tuple[Forest | Layers, str]:
    """Take the logistic function off the end of a model of one score.

    Returns:
        the model, and what is to be done with its answers: "logistic", or "" for nothing.
    """
    if model.outputs != 1:
        return model, ""
    if isinstance(model, Forest):
        found = model.link == LOGISTIC
        return (replace(model, link="identity"), LOGISTIC) if found else (model, "")
    if len(model.layers) > 1 and model.layers[-1].kind == LOGISTIC:
        return replace(model, layers=model.layers[:-1]), LOGISTIC
    return model, ""


def probabilities(answers: NDArray[np.float64], link: str) -> NDArray[np.float64]:
    """Give what answers stand for.

    >>> probabilities(np.array([0.0, 20.0]), "logistic").round(12).tolist()
    [0.5, 0.999999997939]
    >>> probabilities(np.array([0.3]), "").tolist()
    [0.3]
    """
    if link != LOGISTIC:
        return answers
    given: NDArray[np.float64] = np.exp(-np.logaddexp(0.0, -answers))
    return given
