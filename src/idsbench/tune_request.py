"""`--tune N` on the command line: how many trials, and whether the library is there."""

from __future__ import annotations

import importlib.util

MOST = 10_000
LIBRARY = "optuna"


def tune_problems(trials: int | None) -> list[str]:
    """Say what is wrong with a number of trials; None asks for no tuning."""
    if trials is None:
        return []
    if not 1 <= trials <= MOST:
        return [f"--tune {trials}: expected a whole number from 1 to {MOST}"]
    if importlib.util.find_spec(LIBRARY) is None:
        return ["--tune needs the library Optuna: pip install 'idsbench[tune]'"]
    return []
