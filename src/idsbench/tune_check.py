"""A model's search space, checked when its plugin is loaded."""

from __future__ import annotations

from idsbench.errors import CatalogError
from idsbench.values import Component, ModelTraits, Parameter, Scalar, Search


def declared(component: Component) -> tuple[Search, ...]:
    """Give a model's whole search space."""
    return component.traits.search if isinstance(component.traits, ModelTraits) else ()


def check_space(component: Component) -> None:
    """Refuse a search space that is not one of the component's own parameters.

    Raises:
        CatalogError: with the first mistake.
    """
    known = {parameter.name: parameter for parameter in component.parameters}
    names = [one.parameter for one in declared(component)]
    for one in declared(component):
        owner = f"the search space of the model '{component.name}', {one.parameter}"
        if one.parameter not in known:
            raise CatalogError(f"{owner}: the model has no such parameter")
        if names.count(one.parameter) > 1:
            raise CatalogError(f"{owner}: is there twice")
        problem = _problem(one, known[one.parameter])
        if problem:
            raise CatalogError(f"{owner}: {problem}")


def _problem(one: Search, parameter: Parameter) -> str:
    bounds = (one.minimum, one.maximum)
    if one.choices:
        if bounds != (None, None) or one.log:
            return "give a range or choices, not both"
        if len(set(one.choices)) < 2 or parameter.default not in one.choices:
            return "the choices need two values, the parameter's default among them"
        wrong = [value for value in one.choices if not _allowed(value, parameter)]
        return f"the parameter does not allow {wrong[0]!r}" if wrong else ""
    if parameter.type not in (int, float):
        return "only numbers have a range; give choices"
    if one.minimum is None or one.maximum is None or not one.minimum < one.maximum:
        return "give both ends of a range, the lower one first"
    if one.log and one.minimum <= 0:
        return "a logarithmic range begins above 0"
    if not all(_allowed(bound, parameter) for bound in (one.minimum, one.maximum)):
        return "the range goes beyond what the parameter allows"
    default = parameter.default
    if not isinstance(default, int | float) or not one.minimum <= default <= one.maximum:
        return "the parameter's default is not in the range"
    return ""


def _allowed(value: Scalar, parameter: Parameter) -> bool:
    if value is None:
        return parameter.optional
    if parameter.choices:
        return value in parameter.choices
    if parameter.type not in (int, float):
        return type(value) is parameter.type
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    whole = parameter.type is float or float(value).is_integer()
    low, high = parameter.minimum, parameter.maximum
    return whole and (low is None or value >= low) and (high is None or value <= high)
