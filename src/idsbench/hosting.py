"""Whether this machine can run a cell, asked while planning: nothing heavy is imported for it."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache

from idsbench.contracts import Target
from idsbench.errors import CatalogError
from idsbench.selection import Spec
from idsbench.values import Component, Scalar

MEND = "mend or uninstall its plugin"


def hosting(target: Spec, model: str, formats: tuple[str, ...]) -> tuple[str, str]:
    """Give why this machine lacks the target, and why the target refuses the model; "" for neither.

    A target that cannot be asked is one that this machine lacks.

    Args:
        target: with its parameters.
        model: its name; `formats`: what its traits offer.
    """
    try:
        return answers(target, model, formats)
    except CatalogError as error:
        return str(error), ""


def answers(target: Spec, model: str, formats: tuple[str, ...]) -> tuple[str, str]:
    """Ask the target as `hosting` does.

    Raises:
        CatalogError: its code cannot be imported, fails, or answers with something else than a text.
    """
    name = target.name
    with _told(f"the target '{name}' cannot be built", "reinstall its plugin"):
        built = _built(target.component.build, tuple(target.parameters.items()))
    with _told(f"the target '{name}' fails when asked whether it is here", MEND):
        absent = built.absence()
    with _told(f"the target '{name}' fails when asked what it hosts", MEND):
        refused = built.refusal(model, formats)
    for method, said in (("absence", absent), ("refusal", refused)):
        if not isinstance(said, str):
            what = type(said).__name__
            raise CatalogError(
                f"the target '{name}' gives {what} for its {method}, not str: {MEND}"
            )
    return absent, refused


@contextlib.contextmanager
def _told(what: str, advice: str) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:  # a plugin's code may raise anything; the plan goes on
        text = " ".join(str(error).split())[:500]
        words = ": ".join(filter(None, (type(error).__name__, text)))
        raise CatalogError(f"{what} ({words}): {advice}") from error


@cache
def _built(build: str, parameters: tuple[tuple[str, Scalar], ...]) -> Target:
    module, _, attribute = build.partition(":")
    target: Target = getattr(importlib.import_module(module), attribute)(**dict(parameters))
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
