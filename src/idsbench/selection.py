"""`name[key=value,...]` with globs, commas and chains -> components with every parameter resolved."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from idsbench.catalog import Catalog
from idsbench.errors import CatalogError, RequestError, nearest
from idsbench.parameter_text import parse_value
from idsbench.values import EMPTY, Component, Scalar

GLOB = frozenset("*?")
SETTLED_LATER = ("dataset", "protocol")
"""Kinds whose cells differ by what is found later: the hash of the data, the name of a split."""


@dataclass(frozen=True)
class Spec:
    """A component with its parameters.

    Args:
        component: what is selected.
        values: every parameter's value, in the schema's order.
        explicit: the names of those that the user wrote.
        named: whether the user named it without a glob.
    """

    component: Component
    values: tuple[tuple[str, Scalar], ...]
    explicit: frozenset[str] = frozenset()
    named: bool = True

    @property
    def name(self) -> str:
        """The bare name."""
        return self.component.name

    @property
    def parameters(self) -> dict[str, Any]:
        """The keywords for the component's factory."""
        return dict(self.values)

    @cached_property
    def text(self) -> str:
        """How it is written: the name, and in brackets what differs from the defaults."""
        defaults = {parameter.name: parameter.default for parameter in self.component.parameters}
        shown = [(key, value) for key, value in self._identifying() if value != defaults[key]]
        return _written(self.name, shown)

    @cached_property
    def identity(self) -> str:
        """The name with every parameter, defaults too; without those that only say where data are."""
        return _written(self.name, self._identifying())

    def with_defaults(self, defaults: Mapping[str, Scalar]) -> Spec:
        """Replace the defaults of parameters that the user did not write."""
        values = tuple(
            (key, defaults[key] if key in defaults and key not in self.explicit else value)
            for key, value in self.values
        )
        return Spec(self.component, values, self.explicit, self.named)

    def _identifying(self) -> list[tuple[str, Scalar]]:
        hidden = {p.name for p in self.component.parameters if not p.identity}
        return [(key, value) for key, value in self.values if key not in hidden]


@dataclass(frozen=True)
class Chain:
    """Featurizers joined by `+`, applied in order."""

    specs: tuple[Spec, ...]

    @property
    def text(self) -> str:
        """How it is written."""
        return "+".join(spec.text for spec in self.specs)

    @property
    def identity(self) -> str:
        """With every parameter."""
        return "+".join(spec.identity for spec in self.specs)

    @property
    def named(self) -> bool:
        """Whether the user named every part."""
        return all(spec.named for spec in self.specs)

    def with_defaults(self, defaults: Mapping[str, Scalar]) -> Chain:
        """As `Spec.with_defaults`, for each part."""
        return Chain(tuple(spec.with_defaults(defaults) for spec in self.specs))


def select(catalog: Catalog, kind: str, text: str) -> tuple[Spec, ...]:
    """Resolve a comma-separated selection of one kind.

    Raises:
        RequestError: with every mistake in the text, not only the first.
    """
    problems: list[str] = []
    specs: list[Spec] = []
    for item in _items(text, kind, problems):
        specs += _resolve(catalog, kind, item, problems)
    offered: dict[str, Component] = {}
    for spec in specs:
        # Only cards that a user named can differ under one name.
        if offered.setdefault(spec.name, spec.component).parameters != spec.component.parameters:
            problems.append(f"two different cards are called '{spec.name}': rename one")
    if kind not in SETTLED_LATER:
        problems += _alike(kind, ((spec,) for spec in specs))
    if problems:
        raise RequestError(problems)
    return tuple(_unique(specs))


def select_chains(catalog: Catalog, text: str) -> tuple[Chain, ...]:
    """Resolve featurizers: chains joined by `+`, separated by commas."""
    problems: list[str] = []
    chains: list[Chain] = []
    for item in _items(text, "featurizer", problems):
        parts = [_resolve(catalog, "featurizer", part, problems) for part in split_top(item, "+")]
        if len(parts) == 1:
            chains += [Chain((spec,)) for spec in parts[0]]
        elif any(len(part) > 1 for part in parts):
            problems.append(f"featurizer '{item}': a glob cannot stand inside a chain")
        elif all(parts):
            chains.append(Chain(tuple(part[0] for part in parts)))
    problems += _alike("featurizer", (chain.specs for chain in chains))
    if problems:
        raise RequestError(problems)
    return tuple(dict.fromkeys(chains))


def split_top(text: str, separator: str) -> list[str]:
    """Split at a separator that is not inside brackets.

    >>> split_top("a[x=1,y=2],b", ",")
    ['a[x=1,y=2]', 'b']
    """
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == separator and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    parts.append(text[start:].strip())
    return parts


def _items(text: str, kind: str, problems: list[str]) -> Iterator[str]:
    if not text.strip():
        problems.append(f"the selection of {kind}s is empty: name at least one")
        return
    if text.count("[") != text.count("]"):
        problems.append(f"{kind} selection '{text}': brackets do not match")
        return
    for item in split_top(text, ","):
        if item:
            yield item
        else:
            problems.append(f"{kind} selection '{text}': a name is missing beside a comma")


def _resolve(catalog: Catalog, kind: str, item: str, problems: list[str]) -> list[Spec]:
    name, _, rest = item.partition("[")
    name = name.strip()
    if rest and not rest.endswith("]"):
        problems.append(f"{kind} '{item}': text after the closing bracket")
        return []
    written = _written_values(kind, item, rest[:-1], problems)
    found = []
    for component in _named(catalog, kind, name, problems):
        mistakes = len(problems)
        values = tuple(_values(component, written, problems))
        if len(problems) == mistakes:
            found.append(Spec(component, values, frozenset(written), not GLOB & set(name)))
    return found


def _named(catalog: Catalog, kind: str, name: str, problems: list[str]) -> list[Component]:
    if kind == "dataset" and name.endswith(".toml"):
        return _users_card(catalog, name, problems)
    if GLOB & set(name):
        matches = [c for c in catalog.components(kind) if fnmatch.fnmatchcase(c.name, name)]
        if not matches:
            known = (component.name for component in catalog.components(kind))
            problems.append(f"no {kind} matches '{name}': {nearest('', known)}")
        return matches
    try:
        return [catalog.get(kind, name)]
    except CatalogError as error:
        problems.append(str(error))
        return []


def _users_card(catalog: Catalog, path: str, problems: list[str]) -> list[Component]:
    from idsbench.tabular import users_component

    try:
        component = users_component(Path(path))
    except RequestError as error:
        problems += error.problems
        return []
    if any(known.name == component.name for known in catalog.components("dataset")):
        name = component.name
        problems.append(f"{path}: name = '{name}' is that of an installed dataset; choose another")
        return []
    return [component]


def _written_values(kind: str, item: str, text: str, problems: list[str]) -> dict[str, str]:
    written: dict[str, str] = {}
    for pair in split_top(text, ",") if text.strip() else []:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key or not value:
            problems.append(f"{kind} '{item}': '{pair}' is not key=value")
        elif key in written:
            problems.append(f"{kind} '{item}': {key} is given twice")
        else:
            written[key] = value
    return written


def _values(
    component: Component, written: Mapping[str, str], problems: list[str]
) -> Iterator[tuple[str, Scalar]]:
    known = {parameter.name: parameter for parameter in component.parameters}
    owner = f"{component.kind} '{component.name}'"
    for key in written:
        if key not in known:
            hint = nearest(key, known) if known else "it takes no parameters"
            if key == "tune" and component.kind == "model":
                hint = f"tuning is asked for with --tune {written[key]}"
            problems.append(f"{owner} has no parameter '{key}': {hint}")
    for parameter in component.parameters:
        if parameter.name not in written:
            yield parameter.name, parameter.default
            continue
        try:
            yield parameter.name, parse_value(parameter, written[parameter.name])
        except ValueError as error:
            problems.append(f"{owner}, {parameter.name}={written[parameter.name]}: {error}")


def _written(name: str, values: Iterable[tuple[str, Scalar]]) -> str:
    inside = ",".join(f"{key}={_value_text(value)}" for key, value in values)
    return f"{name}[{inside}]" if inside else name


def _value_text(value: Scalar) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _unique(specs: Iterable[Spec]) -> list[Spec]:
    kept: dict[tuple[str, tuple[tuple[str, Scalar], ...]], Spec] = {}
    for spec in specs:
        key = (spec.name, spec.values)
        if key not in kept or (spec.named and not kept[key].named):
            kept[key] = spec
    return list(kept.values())


def _alike(kind: str, chosen: Iterable[tuple[Spec, ...]]) -> Iterator[str]:
    """Name selections that would be one cell although they differ; one would be dropped unseen.

    Args:
        kind: of the components.
        chosen: chains of specs, most of them of one.
    """
    first: dict[tuple[str, ...], tuple[Spec, ...]] = {}
    for specs in chosen:
        known = first.setdefault(tuple(spec.identity for spec in specs), specs)
        for one, other in zip(known, specs, strict=True):
            if one.values == other.values:
                continue
            keys = [key for key, value in one.values if value != other.parameters[key]]
            ways = (
                ",".join(f"{k}={_value_text(of.parameters[k])}" for k in keys)
                for of in (one, other)
            )
            yield (
                f"{kind} '{one.text}' is selected with {' and with '.join(ways)}, which are the same "
                "cell: name one of the two"
            )


def default_spec(component: Component, overrides: Mapping[str, Scalar] = EMPTY) -> Spec:
    """Give a component with its default parameters, as the plan adds it by itself."""
    values = tuple((p.name, overrides.get(p.name, p.default)) for p in component.parameters)
    return Spec(component, values, named=False)
