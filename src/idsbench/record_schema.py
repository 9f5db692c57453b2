"""A record against its JSON Schema (`schemas/record-N.json`, one file per schema version)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from idsbench.store import SCHEMA

MOST = 5  # problems told per record


def problems_of(record: Mapping[str, Any]) -> list[str]:
    """Say where a record breaks its schema; empty when it does not."""
    found = sorted(_validator().iter_errors(record), key=lambda error: list(map(str, error.path)))
    problems = []
    for error in found[:MOST]:
        place = "/".join(str(step) for step in error.path) or "the record"
        problems.append(f"{place}: {error.message[:200]}")
    return problems


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
