"""The command `show`: one component, with all that the catalog and its card say of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from idsbench.catalog import Catalog
from idsbench.cli import OK
from idsbench.commands import catalog_of
from idsbench.errors import RequestError
from idsbench.show_hosting import compatibility
from idsbench.tables import plain
from idsbench.tune_space import space_text
from idsbench.values import KINDS, Component, ModelTraits, Parameter, ProtocolTraits


def show_command(arguments: argparse.Namespace) -> int:
    """Explain one component: parameters, traits, where it comes from."""
    from idsbench.tables_fitted import terminal_width
    from idsbench.tables_folded import wrapped_lines

    width = terminal_width()
    kind, slash, name = arguments.component.partition("/")
    if kind == "suite" and slash:
        from idsbench.suite_command import suite_lines

        print(wrapped_lines(map(plain, suite_lines(name)), width))
        return OK
    if not slash or kind not in KINDS:
        hint = f"write KIND/NAME, with a kind of {', '.join(KINDS)}"
        raise RequestError([f"'{arguments.component}' names no component: {hint}"])
    catalog = catalog_of(arguments)
    component = _component(catalog, kind, name)
    print(wrapped_lines(shown_lines(catalog, component), width))
    return OK


def shown_lines(catalog: Catalog, component: Component) -> list[str]:
    """Describe a component; its texts are a stranger's, so no control sequence is left in them."""
    lines = []
    for line in _described(catalog, component):
        text = line.lstrip(" ")
        lines.append(" " * (len(line) - len(text)) + plain(text))
    return lines


def _component(catalog: Catalog, kind: str, name: str) -> Component:
    """Give an installed component, or the dataset of a card that the user names."""
    from idsbench.selection import select

    if kind == "dataset" and name.endswith(".toml"):
        return select(catalog, kind, name)[0].component
    return catalog.get(kind, name)


def _described(catalog: Catalog, component: Component) -> Iterable[str]:
    plugin = catalog.origin(component)
    yield f"{component.kind}/{component.name}: {component.summary}"
    yield f"from {plugin.distribution} {plugin.version}, {component.build}"
    traits = component.traits
    if isinstance(traits, ModelTraits):
        tasks = ", ".join(traits.tasks)
        yield f"takes {traits.input}s; preferred featurizer {traits.featurizer}; tasks {tasks}"
        yield f"--tune searches {space_text(traits.search) or 'nothing'}"
        if traits.resumes:
            yield "a killed training goes on at its epoch"
    if isinstance(traits, ProtocolTraits):
        yield f"claims: {traits.claims}"
        yield f"scaling is fitted on the {traits.fit_on} rows; the sampler sees the {traits.balance} rows"
    if component.kind == "dataset":
        yield from _card_lines(component)
    yield from compatibility(catalog, component)
    yield "parameters:" if component.parameters else "no parameters"
    for parameter in component.parameters:
        yield f"  {parameter.name}={parameter.default}  {_allowed(parameter)}  {parameter.help}".rstrip()


def _card_lines(component: Component) -> Iterable[str]:
    from idsbench.cells import reference
    from idsbench.components import build
    from idsbench.selection import default_spec

    card = build(reference(default_spec(component))).card
    yield f"{card.title}; one row is one {card.row_unit}"
    yield f"benign: {card.benign}; group: {card.group or 'none'}"
    yield f"layouts: {'; '.join(layout.name for layout in card.layouts)}"
    for what, said in (
        ("identifiers, features with columns=all only", ", ".join(card.identifiers)),
        ("endpoints, features with columns=endpoints and all", ", ".join(card.endpoints)),
        ("flow schema", ", ".join(card.flow)),
        ("file", card.file),
        ("licence", card.licence),
        ("cite", card.citation),
        ("home", card.homepage),
    ):
        if said:
            yield f"{what}: {said}"
    yield from (f"known issue: {issue}" for issue in card.known_issues)


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return "|".join(str(choice) for choice in parameter.choices)
    text = parameter.type.__name__
    if parameter.minimum is not None:
        text += f" >= {parameter.minimum:g}"
    if parameter.maximum is not None:
        text += f" <= {parameter.maximum:g}"
    return text + (" or none" if parameter.optional else "")
