"""A training's energy belongs to the meter that it ran under, which may be an earlier run's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idsbench.meters import NONE, NVML, RAPL, called

EARLIER = "trained earlier, under "
# What these read does not depend on how they were asked for, by name or as `auto`.
OF_THE_MACHINE = ("model", RAPL, NVML)


def of_this_meter(training: Mapping[str, Any], cost: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what is known of a training, its energy only where this run's meter would have told it.

    A training is kept for later runs, which may ask for another meter; it is not repeated for that.

    Args:
        training: its meta; `meter` is what it was asked for with.
        cost: of the measurement; `meter` is what this run asked for.
    """
    then, now = training.get("meter"), cost.get("meter")
    if then is None or now is None or then == now or _same_source(training, cost):
        return training
    return {
        **training,
        "train_energy_j": None,
        "energy": {},
        "energy_method": NONE,
        "energy_detail": "",
        "energy_reason": f"{EARLIER}--meter {called(then)}; --fresh trains it under this one",
    }


def _same_source(training: Mapping[str, Any], cost: Mapping[str, Any]) -> bool:
    method = training["energy_method"]
    return method in OF_THE_MACHINE and method == cost["energy_method"]
