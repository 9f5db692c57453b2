"""Which cells stand from earlier runs: final, of the same code, and measured as it is asked now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from idsbench.cells import Cell
from idsbench.meters import AUTO, CODECARBON, NAMES, NONE, NVML, RAPL, called

FINAL = frozenset({"ok", "skipped", "failed", "timeout", "oom", "invalid"})
QUICK, THOROUGH = "quick", "thorough"
METHODS = {CODECARBON: "model", RAPL: "rapl", NVML: "nvml", NONE: "none"}
"""What a record's energy_method is under each meter that is named; `auto` takes one of them."""


def is_finished(
    cell: Cell,
    known: Mapping[str, Mapping[str, Any]],
    retry: Iterable[str] = (),
    measure: str = QUICK,
    meter: str = AUTO,
) -> bool:
    """Tell whether a record of this cell stands and need not be made again.

    Args:
        cell: the cell.
        known: records by cell.
        retry: statuses that are tried again.
        measure: quick or thorough; a thorough record is good enough for both.
        meter: as `--meter` names it; `auto` takes any record.
    """
    record = known.get(cell.id)
    return (
        record is not None
        and record["status"] in FINAL
        and record["status"] not in retry
        and record.get("fingerprint") == cell.fingerprint
        and (record["status"] != "ok" or _is_measured_so(record, measure, meter))
    )


def meter_label(which: str) -> str:
    """Name a meter as a record may: of a file or command its name, and a hash of all of it.

    >>> meter_label("codecarbon")
    'codecarbon'
    >>> meter_label("/home/someone/power.sh -v")
    'power.sh 005d63a6'
    """
    if which in NAMES:
        return which
    return f"{called(which)} {hashlib.sha256(which.encode()).hexdigest()[:8]}"


def _is_measured_so(record: Mapping[str, Any], measure: str, meter: str) -> bool:
    told = record.get("environment")
    environment = told if isinstance(told, Mapping) else {}
    if measure == THOROUGH and environment.get("measure") != THOROUGH:
        return False
    used = environment.get("meter", AUTO)
    if meter == AUTO or used == meter_label(meter):
        return True
    return used == AUTO and METHODS.get(meter, "") == record.get("energy_method")
