"""Whether this machine can run a cell, asked while planning: nothing heavy is imported for it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from functools import cache

from idsbench.contracts import Target
from idsbench.errors import CatalogError
from idsbench.selection import Spec
from idsbench.values import Component, Scalar


def hosting(target: Spec, model: str, formats: tuple[str, ...]) -> tuple[str, str]:
    """Give why this machine lacks the target, and why the target refuses the model; "" for neither.

    Args:
        target: with its parameters.
        model: its name; `formats`: what its traits offer.

    Raises:
        CatalogError: the target's code cannot be imported.
    """
    built = _built(target.component.build, tuple(target.parameters.items()))
    return built.absence(), built.refusal(model, formats)


@cache
def _built(build: str, parameters: tuple[tuple[str, Scalar], ...]) -> Target:
    module, _, attribute = build.partition(":")
    try:
        target: Target = getattr(importlib.import_module(module), attribute)(**dict(parameters))
    except (ImportError, SyntaxError, AttributeError, TypeError) as error:
        raise CatalogError(
            f"the target {build} cannot be built ({type(error).__name__}: {error}): "
            "reinstall its plugin"
        ) from error
    return target


def missing_library(components: Iterable[Component]) -> str:
    """Name a library that is needed and not installed, with what installs it; "" where none is."""
    for component in components:
        for entry in component.preload:
            top = entry.partition(":")[0].partition(".")[0]
            if not _installed(top):
                return f"the {component.kind} '{component.name}' needs the library {top}: pip install {top}"
    return ""


@cache
def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
