"""What `--tune` may change of a model: declared by its plugin, less what the user wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from idsbench.selection import Spec
from idsbench.tune_check import declared
from idsbench.values import Search

NO_SPACE = "the model declares no search space"
ALL_WRITTEN = "every parameter of the model's search space was given a value"
NOT_ASKED = "not asked for; --tune N is"


def left(spec: Spec) -> tuple[Search, ...]:
    """Give the part of a model's search space whose parameters the user, or a preset, did not write."""
    return tuple(one for one in declared(spec.component) if one.parameter not in spec.explicit)


def untuned(spec: Spec) -> str:
    """Say why a model was not tuned; the same for the same cell, whatever run made its record."""
    if not declared(spec.component):
        return NO_SPACE
    return NOT_ASKED if left(spec) else ALL_WRITTEN


def space_text(searches: Iterable[Search]) -> str:
    """Write a space in one line, the same for the same space.

    >>> space_text([Search("c", 0.01, 100.0, log=True), Search("depth", choices=(None, 8))])
    'c=0.01..100 log,depth=none|8'
    """
    return ",".join(f"{one.parameter}={_range_text(one)}" for one in searches)


def space_of(spec: Spec) -> list[dict[str, Any]]:
    """Give what is left of a space as JSON values, with each parameter's type and default."""
    known = {parameter.name: parameter for parameter in spec.component.parameters}
    return [
        {
            "parameter": one.parameter,
            "type": known[one.parameter].type.__name__,
            "default": known[one.parameter].default,
            "minimum": one.minimum,
            "maximum": one.maximum,
            "log": one.log,
            "choices": list(one.choices),
        }
        for one in left(spec)
    ]


def _range_text(one: Search) -> str:
    if one.choices:
        return "|".join("none" if value is None else str(value) for value in one.choices)
    return f"{one.minimum:g}..{one.maximum:g}{' log' if one.log else ''}"


def as_written(space: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Give each parameter's range as text, from the JSON values of `space_of`, for the record."""
    return {
        one["parameter"]: _range_text(
            Search("", one["minimum"], one["maximum"], one["log"], tuple(one["choices"]))
        )
        for one in space
    }
