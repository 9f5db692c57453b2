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

    Only types are looked at, of the keys that are there: quick enough for every record that is read.
    """
    if record.get("status") not in STATUSES:
        return f"the status is {record.get('status')!r:.40}"
    for key, allowed in _types().items():
        if key in record and not any(_is_a(record[key], name) for name in allowed):
            return f"the value of {key} is not of type {' or '.join(allowed)}"
    if any(not isinstance(flag, str) for flag in record.get("flags", ())):
        return "a flag is not a text"
    return ""


@cache
def _types() -> Mapping[str, tuple[str, ...]]:
    declared = {key: value.get("type") for key, value in schema()["properties"].items()}
    return {
        key: (value,) if isinstance(value, str) else tuple(value)
        for key, value in declared.items()
        if value
    }


def _is_a(value: object, name: str) -> bool:
    """Compare with a type of JSON Schema; a number beyond a float's range is none."""
    if name in ("number", "integer"):
        kinds = (int, float) if name == "number" else (int,)
        largest = sys.float_info.max
        return (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and -largest <= value <= largest
        )
    if name == "null":
        return value is None
    return isinstance(value, {"string": str, "array": list, "object": dict, "boolean": bool}[name])


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
