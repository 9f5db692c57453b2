"""Latency keys of a record from what a program timed in windows of its own, checked: it may be foreign."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any

from idsbench.errors import CellError
from idsbench.timing import FEWEST, NOISY, WINDOWS

NAMES = {"latency_p50_us": "p50_ns", "latency_p95_us": "p95_ns", "latency_p99_us": "p99_ns"}


def latency_keys(timed: Mapping[str, Any], who: str) -> dict[str, Any]:
    """Give what `idsbench.timing.latency` gives of windows.

    Args:
        timed: `windows`, each with its calls and percentiles in ns, and the same of `all`.
        who: timed them, for messages.

    Raises:
        CellError: it is not that.
    """
    windows, everything = timed.get("windows"), timed.get("all")
    if not isinstance(windows, list) or len(windows) != WINDOWS or not isinstance(everything, dict):
        raise CellError(f"{who} gives no times of {WINDOWS} windows")
    parts = [window if isinstance(window, dict) else {} for window in windows]
    total = int(figure(everything, "calls", who))
    least = min(figure(part, "calls", who) for part in parts)
    keys: dict[str, Any] = {"unmeasured": {}, "latency_calls": total}
    for key, name in NAMES.items():
        each = [figure(part, name, who) / 1e3 for part in parts]
        whole, short = figure(everything, name, who) / 1e3, key.removesuffix("_us")
        enough = least >= FEWEST[key]
        keys[f"{short}_low_us"], keys[f"{short}_high_us"] = (
            (min(each), max(each)) if enough else (None, None)
        )
        keys[key] = statistics.median(each) if enough else whole
        if total < FEWEST[key]:
            keys[key] = None
            keys["unmeasured"][key] = f"{total} calls fitted, {FEWEST[key]} are needed"
    medians = [figure(part, "p50_ns", who) for part in parts]
    spread = (max(medians) - min(medians)) / statistics.median(medians)
    return {**keys, "latency_spread": spread, "noisy": spread > NOISY}


def figure(found: Mapping[str, Any], name: str, who: str) -> float:
    """Read one number above 0.

    Raises:
        CellError: it is something else.
    """
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CellError(f"{who} gives {name} that is no number")
    if not math.isfinite(value) or value <= 0:
        raise CellError(f"{who} gives {name} that is not above 0")
    return float(value)
