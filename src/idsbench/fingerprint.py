"""Hash of the code and library versions that a result depends on.

The code of a component is its module and, transitively, the modules it imports from its own
distribution, from the core and from other plugins, found by reading the source, not by running it.
So an edited helper module changes the fingerprint of every component that uses it, and the runner
never imports a framework to learn whether a cell is finished.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import platform
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from idsbench.hookspecs import GROUP

CORE = "idsbench"
DATA = ("*.toml", "*/*.toml", "*.[ch]", "*/*.[ch]")
CODE = re.compile(r'"([A-Za-z_][\w.]*):[A-Za-z_]\w*"')  # how a card names a function


def fingerprint(
    components: Iterable[tuple[str, Iterable[str]]], core_modules: Iterable[str]
) -> str:
    """Give 16 hexadecimal digits that change with any code or library the components use.

    Args:
        components: `build` and `libraries` of all components of a cell (or of a stage).
        core_modules: the core's own modules that do the work, e.g. ``"idsbench.prepare"``.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    libraries: set[str] = {"numpy"}
    modules = set(core_modules)
    for build, used in components:
        modules.add(build.partition(":")[0])
        libraries |= set(used)
    for module in sorted(modules):
        digest.update(f"{module}={code_hash(module)};".encode())
    for library in sorted(libraries):
        digest.update(f"{library}={library_version(library)};".encode())
    return digest.hexdigest()[:16]


@cache
def library_version(distribution: str) -> str:
    """Give the installed version, or an empty text when it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


@cache
def code_hash(module: str) -> str:
    """Hash the source of a module and of all it imports from its own package, core and plugins.

    The cards (`*.toml`) beside a module or one folder down are part of its code, with the
    functions that they name; so is C (`*.c`, `*.h`).
    """
    digest = hashlib.sha256()
    for name, path in sorted(_reachable(module).items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _reachable(module: str) -> dict[str, Path]:
    tops = {module.partition(".")[0], CORE} | _plugins()
    found: dict[str, Path] = {}
    waiting = [module]
    for card in _cards(module):
        found[str(card.relative_to(card.parents[1]))] = card
        waiting += CODE.findall(card.read_text(encoding="utf-8"))
    while waiting:
        name = waiting.pop()
        path = None if name in found else _source(name)
        if path is None:
            continue
        found[name] = path
        waiting.append(name.rpartition(".")[0])  # importing a module runs its packages first
        waiting += [n for n in _imports(name, path) if n.partition(".")[0] in tops]
    return found


@cache
def _plugins() -> frozenset[str]:
    """Name the packages of all plugins: one may use another, and a library's version tells less."""
    entries = metadata.entry_points(group=GROUP)
    return frozenset(entry.value.partition(":")[0].partition(".")[0] for entry in entries)


def _cards(module: str) -> list[Path]:
    path = _source(module)
    alone = "." not in module and path is not None and path.name != "__init__.py"
    if path is None or alone or module.partition(".")[0] == CORE:
        return []
    return sorted(card for pattern in DATA for card in path.parent.glob(pattern))


@cache
def _source(module: str) -> Path | None:
    """Find a module's file. Nothing is imported, not even the packages above it."""
    name, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = f"{name}.{part}"
        spec = PathFinder.find_spec(name, spec.submodule_search_locations)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


@cache
def _imports(module: str, path: Path) -> tuple[str, ...]:
    """Read a module once, however many components reach it."""
    return tuple(_imported(module, path))


def _imported(module: str, path: Path) -> Iterator[str]:
    """Name what a module imports, also inside functions; `from a import b` gives a and a.b."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # the cell that needs it will fail with it
        return
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Give all statements at any depth, and not their expressions, which are most of a tree."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())
