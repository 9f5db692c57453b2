"""The limits of a gate: from flags, from `[tool.idsbench.gate]` in pyproject.toml, or the defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench.compare_metrics import BY_KEY
from idsbench.errors import RequestError, nearest

GROUPS: Mapping[str, tuple[str, ...]] = {
    "fpr": ("fpr",),
    "recall": ("recall",),
    "size": ("parameters", "size_bytes"),
    "latency": ("latency_p50_us",),
    "energy": ("energy_uj_per_row",),
    "memory": ("peak_rss_mb",),
}
"""The words of the flags, with the keys of a record that each guards."""

DEFAULTS: Mapping[str, str] = {
    "max-fpr-increase": "10%",
    "max-recall-decrease": "5%",
    "max-size-increase": "2%",
}
SWITCHES = ("strict", "allow-moved-threshold")
OFF = "none"

_WORSE = {"increase": "gets worse by an increase", "decrease": "gets worse by a decrease"}
_RULE = re.compile(r"max-(?P<metric>[a-z0-9_]+)-(?P<way>increase|decrease)\Z")
_PERCENT = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?%\Z")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE]-?\d+)?\Z")


@dataclass(frozen=True)
class Limit:
    """How much worse a metric may get: a change is over the limit when it passes both.

    Args:
        rule: the rule's name, for messages.
        relative: as a share of the old value.
        absolute: in the metric's own unit; 0 where any change counts.
    """

    rule: str
    relative: float
    absolute: float = 0.0


@dataclass(frozen=True)
class Rules:
    """A gate's limits by key of a record, and its switches."""

    limits: Mapping[str, Limit]
    strict: bool = False
    allow_moved_threshold: bool = False


def make_rules(flags: Mapping[str, Any], config: Path | None = None) -> Rules:
    """Join flags, a file and the defaults; a flag stands before the file, the file before a default.

    Args:
        flags: rules and switches as the user named them; None where not named.
        config: a pyproject.toml; None where there is none.

    Raises:
        RequestError: with all that is wrong: an unknown rule, a rule the wrong way round, a limit
            without its percent sign.
    """
    named = _file_rules(config) if config else {}
    where = {key: f"{config}: {key}" for key in named}
    named |= {key: value for key, value in flags.items() if value is not None}
    where |= {key: f"--{key}" for key, value in flags.items() if value is not None}
    problems: list[str] = []
    limits: dict[str, Limit] = {}
    for key, value in {**DEFAULTS, **named}.items():
        if key in SWITCHES:
            if not isinstance(value, bool):
                problems.append(f"{where[key]} is {value!r}; true or false is needed")
            continue
        try:
            guarded = _metrics(key, where.get(key, key))
            limit = _limit(key, value, where.get(key, key))
            limits |= dict.fromkeys(guarded, limit) if limit else {}
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise RequestError(problems)
    switches = (bool(named.get(switch)) for switch in SWITCHES)
    return Rules(limits, *switches)


def _file_rules(config: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(config.read_text("utf-8"))
        found = tables.get("tool", {}).get("idsbench", {}).get("gate", {})
    except (OSError, ValueError, AttributeError) as error:
        raise RequestError([f"{config}: cannot be read ({error})"]) from error
    if not isinstance(found, dict):
        raise RequestError([f"{config}: [tool.idsbench.gate] is a table of rules"])
    return dict(found)


def _metrics(key: str, where: str) -> tuple[str, ...]:
    """Give the keys that a rule guards."""
    match = _RULE.match(key)
    word = match["metric"] if match else key
    keys = GROUPS.get(word, (word,))
    if not match:
        known = [*DEFAULTS, *SWITCHES]
        raise ValueError(f"{where} is no rule of a gate; {nearest(key, known)}")
    if any(one not in BY_KEY for one in keys):
        raise ValueError(f"{where}: there is no metric {word}; {nearest(word, [*GROUPS, *BY_KEY])}")
    if match["way"] != _way(keys[0]):
        raise ValueError(f"{where}: {word} {_WORSE[_way(keys[0])]}; name the rule so")
    return keys


def _way(key: str) -> str:
    return "decrease" if BY_KEY[key].higher else "increase"


def _limit(key: str, value: Any, where: str) -> Limit | None:
    """Read `10%`, `10%,0.0005` or {relative, absolute}; None for `none`."""
    if isinstance(value, dict):
        if unknown := sorted(set(value) - {"relative", "absolute"}):
            raise ValueError(f"{where}: {unknown[0]} is unknown; there are: absolute, relative")
        value = ",".join(str(value[one]) for one in ("relative", "absolute") if one in value)
    text = str(value).strip()
    if text == OFF:
        return None
    relative, _, absolute = (part.strip() for part in text.partition(","))
    if text.startswith("-"):
        raise ValueError(f"{where} is {text!r}: a limit is not negative; write {text[1:]}")
    match = _PERCENT.match(relative)
    if not match:
        meant = f"write {relative}% if that is meant" if _NUMBER.match(relative) else "write 10%"
        raise ValueError(
            f"{where} is {text!r}: a limit is a share of the old value with its percent sign; {meant}"
        )
    if absolute and not _NUMBER.match(absolute):
        raise ValueError(f"{where}: the absolute floor {absolute!r} is no number; write 0.0005")
    return Limit(key, float(match["number"]) / 100, float(absolute or 0))
