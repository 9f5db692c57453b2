"""What a target says of its own costs is refused where no record could hold it.

Little is imported here: this is part of the process whose memory is measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from idsbench.errors import CellError
from idsbench.rowkeys import EXTRA_KEYS, MEASURED_ENERGY, ROW_KEYS

METHODS = (*MEASURED_ENERGY, "model", "none")
LONGEST = 1 << 16


@dataclass(frozen=True)
class _Number:
    """What a number may be: `whole`, from `least` on or `above` it; `told` if None needs a reason."""

    expected: str
    whole: bool = False
    least: float = 0.0
    above: bool = False
    told: bool = True


_ABOVE = _Number("a number above 0", above=True)
_END = _Number("a number above 0", above=True, told=False)
_BYTES = _Number("a whole number from 0", whole=True)
_COUNT = _Number("a whole number from 1", whole=True, least=1)
_ANY = _Number("a finite number", least=-math.inf, told=False)
REQUIRED: Mapping[str, _Number] = {
    **dict.fromkeys(("latency_p50_us", "latency_p95_us", "latency_p99_us"), _ABOVE),
    "latency_calls": _COUNT,
    "throughput_rows_per_s": _ABOVE,
    "energy_uj_per_row": _ABOVE,
}
OPTIONAL: Mapping[str, _Number] = {
    **{
        f"latency_{share}_{end}_us": _END
        for share in ("p50", "p95", "p99")
        for end in ("low", "high")
    },
    "latency_spread": _Number("a number from 0", told=False),
    "throughput_batch": _COUNT,
    "start_up_s": _ABOVE,
    **dict.fromkeys(("size_bytes", "code_bytes", "data_bytes"), _BYTES),
    "instructions_per_inference": _Number("a number from 0"),
    **dict.fromkeys(("energy_uj_low", "energy_uj_high"), _ANY),
}
_TEXTS, _WORDS = ("energy_method", "energy_detail"), ("machine", "target_detail", "energy", "noisy")
_OTHERS = {*ROW_KEYS, *EXTRA_KEYS} - {*REQUIRED, *OPTIONAL, *_TEXTS, *_WORDS}


def checked_costs(keys: object, who: str) -> dict[str, Any]:
    """Give the cost keys that a target's `costs` gave, with plain numbers.

    Args:
        keys: what it gave.
        who: the target, as the user named it.

    Raises:
        CellError: a key that a record needs is missing, one that is not the target's is there, or a
            value is none that it may be.
    """
    if not isinstance(keys, Mapping):
        raise CellError(
            f"the target {who} gives {type(keys).__name__} for its costs, not a mapping"
        )
    for name in (*REQUIRED, *_TEXTS, "unmeasured"):
        if name not in keys:
            raise CellError(f"the costs of the target {who} lack {name}")
    if strange := sorted(str(key) for key in keys if key in _OTHERS):
        raise CellError(f"the costs of the target {who} hold {strange[0]}, which is no cost of it")
    found = {**keys, "unmeasured": _reasons(keys["unmeasured"], who)}
    for name, rule in {**REQUIRED, **OPTIONAL}.items():
        if name in found:
            found[name] = _checked(name, found, rule, who)
    _check_words(found, who)
    return found


def checked_peak(value: object, who: str) -> float | None:
    """Give the peak memory (MB) that a target told, None where it does not know.

    Raises:
        CellError: it is no number above 0.
    """
    return None if value is None else _number("peak_rss_mb", value, _ABOVE, who)


def checked_threads(value: object, who: str) -> int:
    """Give the threads that a target keeps to.

    Raises:
        CellError: they are no whole number from 1.
    """
    return int(_number("threads", value, _COUNT, who))


def _reasons(given: object, who: str) -> dict[str, str]:
    fits = isinstance(given, Mapping) and all(
        isinstance(part, str) and part for pair in given.items() for part in pair
    )
    if not isinstance(given, Mapping) or not fits:
        raise _wrong("unmeasured", given, "a reason in words for each key", who)
    return dict(given)


def _checked(name: str, keys: Mapping[str, Any], rule: _Number, who: str) -> float | None:
    value = keys[name]
    if value is not None:
        return _number(name, value, rule, who)
    if rule.told and name not in keys["unmeasured"]:
        raise CellError(f"the costs of the target {who} have no {name} and no reason in unmeasured")
    return None


def _number(name: str, value: object, rule: _Number, who: str) -> float:
    kind = Integral if rule.whole else Real
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _wrong(name, value, rule.expected, who)
    try:
        number = int(value) if rule.whole else float(value)  # type: ignore[call-overload]
        fits = math.isfinite(number) and number >= rule.least
    except OverflowError:
        fits = False
    if not fits or (rule.above and number == rule.least):
        raise _wrong(name, value, rule.expected, who)
    return number


def _check_words(keys: Mapping[str, Any], who: str) -> None:
    method = keys["energy_method"]
    if method not in METHODS:
        raise _wrong("energy_method", method, f"one of {', '.join(METHODS)}", who)
    if method == "none" and keys["energy_uj_per_row"] is not None:
        raise _wrong("energy_method", method, "what found its energy_uj_per_row", who)
    for name in ("energy_detail", "machine"):
        if name in keys and not (isinstance(keys[name], str) and keys[name]):
            raise _wrong(name, keys[name], "a text", who)
    if not isinstance(keys.get("noisy", False), bool):
        raise _wrong("noisy", keys["noisy"], "True or False", who)
    for name in ("target_detail", "energy"):
        if not _is_json(keys.get(name, {})):
            raise _wrong(name, keys[name], f"an object of JSON, of {LONGEST} bytes at most", who)


def _is_json(value: object) -> bool:
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and len(text) <= LONGEST


def _wrong(name: str, value: object, expected: str, who: str) -> CellError:
    shown = " ".join(repr(value).split())[:60]
    return CellError(f"the target {who} gives {name} {shown}: expected {expected}")
