"""What a run says at its end of a meter that gave nothing: a line for each reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from idsbench.meters import AUTO, NONE
from idsbench.record_training import EARLIER

ENERGIES = ("energy_uj_per_row", "train_energy_j")
_NUMBER = re.compile(r"\d[\d.]*(?:e[+-]?\d+)?")


def meter_lines(meter: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give a line for each reason why energy is missing, where the user named a meter.

    Reasons that differ in their numbers alone are one: the first is told. A training of an earlier
    run, under another meter, says nothing of this one.

    Args:
        meter: as `--meter` names it.
        records: of the run's cells.

    >>> meter_lines("m.txt", [{"unmeasured": {"train_energy_j": "the file m.txt is empty"}}])
    ['--meter gave no energy in 1 of 1 cell: the file m.txt is empty']
    """
    if meter in (AUTO, NONE):
        return []
    cells, first, count = 0, dict[str, str](), dict[str, int]()
    for record in records:
        missing = record.get("unmeasured")
        if not isinstance(missing, Mapping):
            continue  # a cell that did not run
        cells += 1
        told = [missing[key] for key in ENERGIES if key in missing]
        reasons = [reason for reason in told if not reason.startswith(EARLIER)]
        for kind in dict.fromkeys(_NUMBER.sub("0", reason) for reason in reasons):
            first.setdefault(kind, next(one for one in reasons if _NUMBER.sub("0", one) == kind))
            count[kind] = count.get(kind, 0) + 1
    of = "1 cell" if cells == 1 else f"{cells} cells"
    return [
        f"--meter gave no energy in {count[kind]} of {of}: {reason}"
        for kind, reason in first.items()
    ]
