"""The `--where` filter: `key=value,key=value` over row objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from idsbench.errors import RequestError, nearest
from idsbench.rowkeys import EXTRA_KEYS, PARITY_KEYS, ROW_KEYS, TOLD_KEYS

Row = Mapping[str, Any]


def select(rows: Sequence[Row], where: str | None) -> list[Row]:
    """Keep the rows for which every condition holds.

    Text matches whole, by its name before "[", or as a glob; numbers by value; `null` matches a
    missing value; a list matches when one of its entries does. Numbers of a component's parameters,
    in brackets, match by value too. Commas inside brackets belong to the value.

    Raises:
        RequestError: a condition is no `key=value`, or its key is unknown; all are named.

    >>> rows = [{"model": "cnn[epochs=5]", "seed": 0}, {"model": "dummy", "seed": 1}]
    >>> [row["seed"] for row in select(rows, "model=cnn")]
    [0]
    >>> [row["seed"] for row in select(rows, "model=*,seed=1")]
    [1]
    """
    conditions = _conditions(where or "")
    return [row for row in rows if all(_matches(row.get(key), value) for key, value in conditions)]


def _conditions(where: str) -> list[tuple[str, str]]:
    known = (*ROW_KEYS, *EXTRA_KEYS, *PARITY_KEYS, *TOLD_KEYS)
    conditions, problems = [], []
    for part in re.split(r",(?![^\[]*\])", where) if where.strip() else []:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            problems.append(f"--where {part.strip()!r} is not of the form key=value")
        elif key not in known:
            problems.append(f"--where {key}: no such key; {nearest(key, known)}")
        else:
            conditions.append((key, value))
    if problems:
        raise RequestError(problems)
    return conditions


def _matches(value: object, pattern: str) -> bool:
    if value is None:
        return pattern.lower() in ("null", "none")
    if isinstance(value, (list, tuple)):
        return any(_matches(one, pattern) for one in value)
    if isinstance(value, (int, float)):
        try:
            return float(pattern) == value
        except ValueError:
            return False
    text = str(value)
    same = _by_value(pattern) == _by_value(text)
    return same or pattern == text.partition("[")[0] or fnmatchcase(text, pattern)


def _by_value(spec: str) -> str:
    """Write the numbers of a component's parameters in one way: 100, 100.0 and 1e2 are the same.

    >>> _by_value("edge-c[memory_mb=100,optimize=s]")
    'edge-c[memory_mb=100.0,optimize=s]'
    """
    return re.sub(
        r"(?<==)[-+]?\d[\d.]*(?:[eE][-+]?\d+)?(?=[,\]])", lambda found: _number(found[0]), spec
    )


def _number(text: str) -> str:
    try:
        return str(float(text))
    except ValueError:  # an address, say
        return text
