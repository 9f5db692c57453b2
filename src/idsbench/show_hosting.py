"""What goes with what, for `show`: which targets host a model, and which models a target hosts."""

from __future__ import annotations

from collections.abc import Iterable

from idsbench.catalog import Catalog
from idsbench.errors import CatalogError
from idsbench.hosting import answers
from idsbench.selection import Spec, default_spec
from idsbench.values import Component, FeaturizerTraits, ModelTraits


def compatibility(catalog: Catalog, component: Component) -> Iterable[str]:
    """Describe what a model, a target or a featurizer goes with, among what is installed; lines."""
    traits = component.traits
    if component.kind == "target":
        yield from _of_target(catalog, component)
    elif isinstance(traits, ModelTraits):
        yield from _of_model(catalog, component, traits)
    elif isinstance(traits, FeaturizerTraits):
        takers = [name for name, model in _models(catalog).items() if model.input == traits.output]
        yield f"gives {traits.output}s, which these models take: {_listed(takers)}"


def _of_model(catalog: Catalog, model: Component, traits: ModelTraits) -> Iterable[str]:
    yield f"exports: {_listed(traits.exports)}"
    yield f"devices: {_listed(('cpu', *traits.devices))}"
    hosts = []
    for target in catalog.components("target"):
        if _refusal(default_spec(target), model.name, traits):
            continue
        not_with = [
            words for words, spec in _variants(target) if _refusal(spec, model.name, traits)
        ]
        hosts.append(target.name + (f" (not with {', '.join(not_with)})" if not_with else ""))
    yield f"targets that host it: {_listed(hosts)}"


def _of_target(catalog: Catalog, target: Component) -> Iterable[str]:
    """Name the models that it hosts and, by reason, those that it refuses."""
    models, spec = _models(catalog), default_spec(target)
    refused = _refused(spec, models)
    yield f"hosts: {_listed(name for name in models if name not in refused)}"
    by_reason: dict[str, list[str]] = {}
    for name, reason in refused.items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"refuses {', '.join(names)}: {reason}"
    for words, variant in _variants(target):
        there = _refused(variant, models)
        if there.keys() != refused.keys():
            yield f"with {words} hosts: {_listed(name for name in models if name not in there)}"


def _models(catalog: Catalog) -> dict[str, ModelTraits]:
    return {
        model.name: model.traits
        for model in catalog.components("model")
        if isinstance(model.traits, ModelTraits)
    }


def _variants(target: Component) -> Iterable[tuple[str, Spec]]:
    """Give a target with each other choice of one of its parameters, and how that is written."""
    for parameter in target.parameters:
        for choice in parameter.choices:
            if choice != parameter.default:
                spec = default_spec(target, {parameter.name: choice})
                yield f"{parameter.name}={choice}", spec


def _refused(target: Spec, models: dict[str, ModelTraits]) -> dict[str, str]:
    reasons = {name: _refusal(target, name, traits) for name, traits in models.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def _refusal(target: Spec, model: str, traits: ModelTraits) -> str:
    """Give why a target does not host a model, "" where it does; what the machine lacks aside."""
    try:
        return _short(answers(target, model, traits.offers)[1], model)
    except CatalogError as error:
        return str(error)


def _short(reason: str, model: str) -> str:
    """Leave out what the line has said, and what to use instead.

    >>> _short("the model 'cnn' does not export litert, which edge-litert runs: use x", "cnn")
    'does not export litert, which edge-litert runs'
    """
    return reason.removeprefix(f"the model '{model}' ").partition(": ")[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
