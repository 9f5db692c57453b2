"""Budgets: the most, or least, that a detector may cost or must reach. Who misses one is marked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idsbench.errors import RequestError, nearest
from idsbench.rowkeys import ENERGY_KEYS, FRACTIONS, HIGHER_IS_BETTER, MEASURED_ENERGY, method_key

Row = Mapping[str, Any]
_NUMBER = re.compile(r"[+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""Not what `float` reads: it takes the digits of all scripts, underscores and nan."""


@dataclass(frozen=True)
class Budget:
    """A limit on one key: the most where lower is better, the least where higher is."""

    key: str
    limit: float

    def missed_by(self, value: float) -> bool:
        """Whether a value is beyond the limit; the limit itself is within."""
        return value < self.limit if HIGHER_IS_BETTER[self.key] else value > self.limit


@dataclass(frozen=True)
class Verdict:
    """The keys whose budget is missed, and those of which it is not known."""

    over: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def within(self) -> bool | None:
        """True when every budget is kept, False when one is missed, None when that is not known."""
        return False if self.over else None if self.unknown else True


def parse_budgets(text: str) -> tuple[Budget, ...]:
    """Read `key=number,key=number`.

    Raises:
        RequestError: an unknown key, no number, a negative one or a fraction above 1, a key twice; all
            are named.

    >>> parse_budgets("size_bytes=300000,recall=0.9")
    (Budget(key='size_bytes', limit=300000.0), Budget(key='recall', limit=0.9))
    """
    budgets: list[Budget] = []
    problems = []
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        limit = _number(value)
        if not equals or not key:
            problems.append(f"--budget {part.strip()!r} is not of the form key=number")
        elif key not in HIGHER_IS_BETTER:
            problems.append(f"--budget {key}: no such score; {nearest(key, HIGHER_IS_BETTER)}")
        elif limit is None:
            problems.append(f"--budget {key}={value}: expected a number of at least 0")
        elif key in FRACTIONS and limit > 1:
            problems.append(f"--budget {key}={value}: expected a fraction from 0 to 1")
        elif any(one.key == key for one in budgets):
            problems.append(f"--budget {key} is given twice: give one limit")
        else:
            budgets.append(Budget(key, limit))
    if problems:
        raise RequestError(problems)
    return tuple(budgets)


def judge(budgets: Sequence[Budget], value_of: Callable[[str], float | None]) -> Verdict:
    """Hold values against budgets.

    Args:
        budgets: the limits.
        value_of: gives a key's value; None where it was not measured.
    """
    over, unknown = [], []
    for budget in budgets:
        value = value_of(budget.key)
        if value is None:
            unknown.append(budget.key)
        elif budget.missed_by(value):
            over.append(budget.key)
    return Verdict(tuple(over), tuple(unknown))


def measured_value(row: Row, key: str) -> float | None:
    """Give a row's number; None where it was not measured, as energy that was modelled."""
    value = row.get(key)
    if key in ENERGY_KEYS and row.get(method_key(key, row)) not in MEASURED_ENERGY:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if value < math.inf else None
