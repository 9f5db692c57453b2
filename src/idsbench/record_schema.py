"""A record against its JSON Schema (`schemas/record-N.json`, one file per schema version)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from idsbench.values import STATUSES

SCHEMA = 1
MOST = 5  # problems told per record
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}


def problems_of(record: Mapping[str, Any]) -> list[str]:
    """Say where a record breaks its schema; empty when it does not."""
    found = sorted(_validator().iter_errors(record), key=lambda error: list(map(str, error.path)))
    problems = []
    for error in found[:MOST]:
        place = "/".join(str(step) for step in error.path) or "the record"
        problems.append(f"{place}: {error.message[:200]}")
    return problems


def misfit(record: Mapping[str, Any]) -> str:
    """Name the first value that no reader could work with; empty when there is none.

    Only types are looked at, of the keys that are there: quick enough for every record that is
    read. JSON gives no subclasses, so a truth value is no number; one beyond a float's range is
    none either.
    """
    if record.get("status") not in STATUSES:
        return f"the status is {record.get('status')!r:.40}"
    types, largest = _types(), sys.float_info.max
    for key, value in record.items():
        allowed, kind = types.get(key), type(value)
        if allowed and (kind not in allowed or (kind is int and not -largest <= value <= largest)):
            return f"the value of {key} is not of type {' or '.join(_names(key))}"
    if any(not isinstance(flag, str) for flag in record.get("flags", ())):
        return "a flag is not a text"
    return ""


@cache
def _types() -> Mapping[str, frozenset[type]]:
    """Give, by key, the types that a JSON reader makes of what the schema allows."""
    return {
        key: frozenset(kind for name in _names(key) for kind in _KINDS[name])
        for key, value in schema()["properties"].items()
        if value.get("type")
    }


def _names(key: str) -> list[str]:
    declared = schema()["properties"][key]["type"]
    return [declared] if isinstance(declared, str) else list(declared)


@cache
def schema() -> Mapping[str, Any]:
    """Give the schema of the records that this version writes."""
    file = resources.files("idsbench") / "schemas" / f"record-{SCHEMA}.json"
    loaded: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema())
