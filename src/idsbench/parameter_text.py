"""The text of one parameter -> its value, within its type, choices and range."""

from __future__ import annotations

from idsbench.errors import nearest
from idsbench.values import Parameter, Scalar


def parse_value(parameter: Parameter, text: str) -> Scalar:
    """Turn the text of one value into the parameter's type, within its choices and range.

    Raises:
        ValueError: with what was expected, for the end of an error sentence.
    """
    if parameter.optional and text.lower() == "none":
        return None
    value = _typed(parameter, text)
    if parameter.choices and value not in parameter.choices:
        raise ValueError(nearest(text, (str(choice) for choice in parameter.choices)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = parameter.minimum, parameter.maximum
        if not (low is None or value >= low) or not (high is None or value <= high):
            raise ValueError(f"expected a number {_range(low, high)}")
    return value


def _typed(parameter: Parameter, text: str) -> Scalar:
    if parameter.type is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise ValueError("expected true or false")
    if parameter.type is str:
        return text
    word = "whole number" if parameter.type is int else "number"
    try:
        value: Scalar = parameter.type(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"expected a {word} {_range(parameter.minimum, parameter.maximum)}".strip()
        ) from None
    if isinstance(value, float) and value - value != 0:
        raise ValueError("expected a finite number")
    return value


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"from {low:g} to {high:g}"
    if low is not None:
        return f"of at least {low:g}"
    return f"of at most {high:g}" if high is not None else ""
