"""A suite, a preset and the command line's own options -> requests, one for each block of cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from idsbench.errors import RequestError, nearest
from idsbench.selection import split_top
from idsbench.suite_file import AXES, Block, Preset, Suite, names_in, read_suite

DEFAULT_PRESET = "quick"
REPLACED = ("datasets", "targets", "seeds")
RESTRICTED = ("tasks", "protocols", "samplers", "featurizers", "models")
DEFAULTS = {"tasks": "binary", "protocols": "clean", "samplers": "none"}


@dataclass(frozen=True)
class Chosen:
    """A block of cells, settled: axis -> selection, as the command line writes it."""

    name: str
    axes: Mapping[str, str]


def folder() -> Path:
    """Give the folder of the shipped suites: in the package, or in the checkout it runs from."""
    package = Path(__file__).parent
    for place in (package, package.parents[1]):
        found = place / "benchmarks" / "suites"
        if found.is_dir():
            return found
    raise RequestError([f"the suites are missing from {package}; install idsbench again"])


def shipped() -> tuple[Suite, ...]:
    """Read all shipped suites, in the order of their files' names."""
    return tuple(read_suite(file) for file in sorted(folder().glob("*.toml")))


def find_suite(named: str) -> Suite:
    """Give the suite of a file that ends in .toml, or a shipped one by its name.

    Raises:
        RequestError: there is none, or its file has mistakes.
    """
    if named.endswith(".toml"):
        return read_suite(Path(named))
    names = [file.stem for file in folder().glob("*.toml")]
    if named not in names:
        raise RequestError([f"there is no suite '{named}': {nearest(named, names)}"])
    return read_suite(folder() / f"{named}.toml")


def choose(suite: Suite, preset: str | None, options: Mapping[str, str]) -> tuple[Chosen, ...]:
    """Settle every block of a suite.

    Args:
        suite: as it was read.
        preset: its name; None for `quick` where there is one.
        options: axis -> what the command line says. Datasets, targets and seeds take the place of
            the suite's; tasks, protocols, samplers, featurizers and models leave of each block
            what they name.

    Raises:
        RequestError: no such preset, or an option leaves nothing.
    """
    settings = _preset(suite, preset)
    problems = [
        f"--{axis} {options[axis]}: {suite.name} has no such cells; {_there(suite, axis, word)}"
        for axis in RESTRICTED
        if axis in options
        for word in _words(options[axis])
        if not any(_kept(block, axis, [word]) for block in suite.blocks)
    ]
    if problems:
        raise RequestError(problems)
    chosen = []
    for block in suite.blocks:
        axes = {**block.axes, **settings.axes}
        axes |= {axis: options[axis] for axis in REPLACED if axis in options}
        for axis in (one for one in RESTRICTED if one in options):
            axes[axis] = ", ".join(_kept(block, axis, _words(options[axis])))
        if all(axes.get(axis, "all") for axis in AXES):
            chosen.append(Chosen(block.name, _tuned(axes, settings)))
    if not chosen:
        raise RequestError([f"no block of {suite.name} has cells with all of these options"])
    return tuple(chosen)


def _preset(suite: Suite, name: str | None) -> Preset:
    if name is None:
        return suite.presets.get(DEFAULT_PRESET, Preset({}, {}))
    if name not in suite.presets:
        raise RequestError([f"--preset {name}: {suite.name}: {nearest(name, suite.presets)}"])
    return suite.presets[name]


def _words(selection: str) -> list[str]:
    return [item for item in split_top(selection, ",") if item]


def _items(block: Block, axis: str) -> list[str]:
    return _words(block.axes.get(axis, DEFAULTS.get(axis, "")))


def _kept(block: Block, axis: str, words: list[str]) -> list[str]:
    """Give what of an axis is named in full, by its bare name, or by a glob over bare names."""
    return [
        item
        for item in _items(block, axis)
        if any(item == word or fnmatchcase(_bare(item), word) for word in words)
    ]


def _bare(item: str) -> str:
    return "+".join(names_in(item))


def _there(suite: Suite, axis: str, word: str) -> str:
    return nearest(word, {_bare(item) for block in suite.blocks for item in _items(block, axis)})


def _tuned(axes: Mapping[str, str], preset: Preset) -> dict[str, str]:
    """Write a preset's parameters into the selections that do not state them."""
    tuned = dict(axes)
    for axis, components in preset.parameters.items():
        if axis in tuned:
            items = [
                "+".join(_with(part, components) for part in split_top(item, "+"))
                for item in _words(tuned[axis])
            ]
            tuned[axis] = ", ".join(items)
    return tuned


def _with(spec: str, components: Mapping[str, Mapping[str, str]]) -> str:
    """Add the parameters of a component to its spec, without those that the spec writes itself.

    >>> _with("cnn[size=8]", {"cnn": {"size": "12", "epochs": "5"}})
    'cnn[size=8,epochs=5]'
    """
    name, _, rest = spec.partition("[")
    own = [pair.strip() for pair in split_top(rest.removesuffix("]"), ",") if pair.strip()]
    written = {pair.partition("=")[0].strip() for pair in own}
    added = components.get(name.strip(), {})
    own += [f"{key}={value}" for key, value in added.items() if key not in written]
    return f"{name.strip()}[{','.join(own)}]" if own else name.strip()
