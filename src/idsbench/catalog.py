"""Installed plugins -> Catalog, a value. There is no global registry; a test builds its own.

pluggy's own entry-point loader lets one failing plugin break all others, drops the second of two
entry points with one name, and ignores misspelt hooks. So each entry point is loaded here, guarded,
into a plugin manager of its own; a plugin that fails is a value with an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata

import pluggy

from idsbench import hookspecs
from idsbench.errors import CatalogError, nearest
from idsbench.tune_check import check_space
from idsbench.values import KINDS, Component, Parameter, Plugin

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


@dataclass(frozen=True)
class Catalog:
    """All plugins, those with an error among them; look-ups by kind and name."""

    plugins: tuple[Plugin, ...]

    def components(self, kind: str) -> tuple[Component, ...]:
        """Give the usable components of a kind, sorted by name; clashing names are left out."""
        clashing = {(found, name) for found, name, _ in self._clashes()}
        found = [
            component
            for plugin in self.plugins
            for component in plugin.components
            if component.kind == kind and (kind, component.name) not in clashing
        ]
        return tuple(sorted(found, key=lambda component: component.name))

    def get(self, kind: str, name: str) -> Component:
        """Look one component up.

        Raises:
            CatalogError: unknown, with the nearest names, or offered by two distributions.
        """
        for component in self.components(kind):
            if component.name == name:
                return component
        for found, clashing, sentence in self._clashes():
            if (found, clashing) == (kind, name):
                raise CatalogError(sentence)
        known = [component.name for component in self.components(kind)]
        raise CatalogError(f"unknown {kind} '{name}': {nearest(name, known)}{self._broken_hint()}")

    def origin(self, component: Component) -> Plugin:
        """Name the plugin that offers this component, or reads it: a user's card has no plugin."""
        for plugin in self.plugins:
            if component in plugin.components:
                return plugin
        top = component.build.partition(":")[0].partition(".")[0]
        for plugin in self.plugins:
            if component.kind == "dataset" and plugin.module.partition(".")[0] == top:
                return plugin
        raise CatalogError(f"no installed plugin offers the {component.kind} '{component.name}'")

    @property
    def clashes(self) -> tuple[str, ...]:
        """One sentence for each name that two distributions offer."""
        return tuple(sentence for _, _, sentence in self._clashes())

    @property
    def broken(self) -> tuple[Plugin, ...]:
        """The plugins that an error keeps out."""
        return tuple(plugin for plugin in self.plugins if plugin.error)

    def _broken_hint(self) -> str:
        if not self.broken:
            return ""
        names = ", ".join(plugin.distribution for plugin in self.broken)
        return f" (plugins that could not be loaded: {names}; see `idsbench plugins`)"

    def _clashes(self) -> Iterator[tuple[str, str, str]]:
        owners: dict[tuple[str, str], list[str]] = {}
        for plugin in self.plugins:
            for component in plugin.components:
                owners.setdefault((component.kind, component.name), []).append(plugin.distribution)
        for (kind, name), distributions in sorted(owners.items()):
            if len(distributions) > 1:
                yield (
                    kind,
                    name,
                    f"the {kind} '{name}' is offered by {' and by '.join(sorted(distributions))}: "
                    "uninstall one of them or hide it with --block-plugin",
                )


def load_catalog(only: Iterable[str] = (), block: Iterable[str] = ()) -> Catalog:
    """Load what is installed in the entry-point group `idsbench`.

    Args:
        only: distributions to look at besides the core; all when empty.
        block: distributions left out before anything of them is imported.
    """
    allowed, blocked = {_normal(name) for name in only}, {_normal(name) for name in block}
    found = []
    for entry in metadata.entry_points(group=hookspecs.GROUP):
        distribution = entry.dist.name if entry.dist else "unknown"
        key = _normal(distribution)
        if key in blocked or (allowed and key not in allowed and key != "idsbench"):
            continue
        version = entry.dist.version if entry.dist else "unknown"
        found.append(load_plugin(distribution, version, entry.name, entry.value, entry.load))
    return Catalog(
        tuple(sorted(found, key=lambda plugin: (plugin.distribution, plugin.entry_point)))
    )


def load_plugin(
    distribution: str, version: str, entry: str, module: str, load: Callable[[], object]
) -> Plugin:
    """Load one entry point; an exception of the plugin's becomes the value's `error`."""
    base = Plugin(distribution, version, entry, module)
    try:
        components = tuple(_offered(f"{distribution}:{entry}", load()))
    except (Exception, SystemExit) as error:  # a stranger's import may do anything
        text = " ".join(str(error).split()) or "no message"
        return Plugin(
            base.distribution, version, entry, module, error=f"{type(error).__name__}: {text}"
        )
    return Plugin(distribution, version, entry, module, components=components)


def _offered(name: str, plugin: object) -> Iterator[Component]:
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    manager.check_pending()
    for kind in KINDS:
        for offer in getattr(manager.hook, f"idsbench_{kind}s")():
            for component in offer:
                yield _checked(component, kind)


def _checked(component: object, kind: str) -> Component:
    if not isinstance(component, Component):
        raise CatalogError(f"idsbench_{kind}s returned {type(component).__name__}, not a Component")
    if component.kind != kind:
        raise CatalogError(
            f"idsbench_{kind}s returned '{component.name}' of kind '{component.kind}'"
        )
    if not NAME.match(component.name):
        raise CatalogError(
            f"the {kind} name {component.name!r} is not lower-case words joined by hyphens"
        )
    if not TARGET.match(component.build):
        raise CatalogError(
            f"the {kind} '{component.name}' has build {component.build!r}, not 'module:attribute'"
        )
    for field in ("preload", "libraries"):
        names = getattr(component, field)
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise CatalogError(
                f"the {kind} '{component.name}' has {field} {names!r}, not a tuple of names"
            )
    for parameter in component.parameters:
        _check_parameter(component, parameter)
    check_space(component)
    return component


def _check_parameter(component: Component, parameter: Parameter) -> None:
    owner = f"parameter '{parameter.name}' of the {component.kind} '{component.name}'"
    if not isinstance(parameter.name, str) or not parameter.name.isidentifier():
        raise CatalogError(f"{owner} has a name that is no keyword of a factory")
    if parameter.type not in (int, float, str, bool):
        raise CatalogError(f"{owner} has a type other than int, float, str or bool")
    if parameter.default is None and not parameter.optional:
        raise CatalogError(f"{owner} has the default None but is not optional")
    if parameter.default is not None and not isinstance(parameter.default, _held(parameter)):
        raise CatalogError(f"{owner} has a default that is no {parameter.type.__name__}")
    for bound in (parameter.minimum, parameter.maximum):
        if bound is not None and not isinstance(bound, int | float):
            raise CatalogError(f"{owner} has a minimum or maximum that is no number")
    if parameter.choices and parameter.default not in parameter.choices:
        raise CatalogError(f"{owner} has a default that is not among its choices")


def _held(parameter: Parameter) -> tuple[type, ...]:
    """Give the types that a value may have: a whole number serves as a float."""
    return (int, float) if parameter.type is float else (parameter.type,)


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
