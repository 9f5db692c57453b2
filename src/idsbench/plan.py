"""Selections -> Plan: the cells, and everything that is wrong, found before anything runs."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from idsbench.catalog import Catalog
from idsbench.cells import Cell, Source, protocol_traits
from idsbench.contracts import Dataset
from idsbench.errors import CatalogError, IdsbenchError, RequestError, nearest
from idsbench.expand import Place, expand
from idsbench.fingerprint import code_hash
from idsbench.hosting import hosting, missing_library
from idsbench.selection import Chain, Spec, default_spec, select, select_chains
from idsbench.sources import absence, data_folders, find, stand_in
from idsbench.values import TASKS, Component, FeaturizerTraits, ModelTraits

T = TypeVar("T")
MOST_SEEDS = 10_000


@dataclass(frozen=True)
class Request:
    """What the user asked for, as written; None means the default of the kind."""

    datasets: str
    tasks: str = "binary"
    protocols: str = "clean"
    samplers: str = "none"
    featurizers: str | None = None
    models: str | None = None
    targets: str = "cpu"
    seeds: str = "0"
    baselines: bool = True
    data_dir: Path | None = None
    split_manifest: Path | None = None
    trials: int = 0


@dataclass(frozen=True)
class Plan:
    """All cells in the order in which they are run, each once."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class _Axes:
    tasks: tuple[str, ...]
    places: tuple[tuple[Place, ...], ...]
    samplers: tuple[Spec, ...]
    chains: tuple[Chain, ...] | None
    models: tuple[Spec, ...]
    targets: tuple[Spec, ...]
    seeds: tuple[int, ...]


def make_plan(catalog: Catalog, request: Request) -> Plan:
    """Resolve a request.

    Raises:
        RequestError: every mistake in it, at once; or nothing is left to run.
    """
    problems = list(catalog.clashes)
    axes = _resolve(catalog, request, problems)
    if problems or axes is None:
        raise RequestError(problems)
    cells = _cells(catalog, axes, request, problems)
    if problems:
        raise RequestError(dict.fromkeys(problems))
    if not cells:
        raise RequestError(
            ["nothing to run: no selected model fits the selected tasks and featurizers"]
        )
    return Plan(tuple(cells))


def _resolve(catalog: Catalog, request: Request, problems: list[str]) -> _Axes | None:
    def attempt(work: Callable[..., T], *arguments: Any) -> T | tuple[()]:
        try:
            return work(*arguments)
        except RequestError as error:
            problems.extend(error.problems)
        except IdsbenchError as error:
            problems.append(str(error))
        return ()

    datasets = attempt(select, catalog, "dataset", request.datasets)
    tasks = attempt(parse_tasks, request.tasks)
    protocols = attempt(_protocols, catalog, request)
    samplers = attempt(select, catalog, "sampler", request.samplers)
    targets = attempt(select, catalog, "target", request.targets)
    chains, models = None, attempt(_models, catalog, request.models)
    if request.featurizers is not None:
        chains = attempt(select_chains, catalog, request.featurizers)
    seeds = attempt(parse_seeds, request.seeds)
    folders = attempt(data_folders, request.data_dir)
    if problems:
        return None
    sources = [attempt(locate, spec, folders) for spec in datasets]
    found = tuple(source for source in sources if isinstance(source, Source))

    def others(text: str) -> list[Source]:
        return [locate(spec, folders) for spec in select(catalog, "dataset", text)]

    places = tuple(
        tuple(place for one in protocols for place in attempt(expand, source, one, found, others))
        for source in found
    )
    return _Axes(tasks, places, samplers, chains, models, targets, seeds)


def locate(spec: Spec, folders: Sequence[Path]) -> Source:
    """Find a dataset's files, or make its stand-in.

    Raises:
        CatalogError: the dataset's code cannot be imported.
        DataError: two candidates for one layout, or a file that cannot be read.
        RequestError: no file is there and nothing generates a stand-in.
    """
    module, _, attribute = spec.component.build.partition(":")
    try:
        dataset: Dataset = getattr(importlib.import_module(module), attribute)(**spec.parameters)
    except (ImportError, SyntaxError, AttributeError, TypeError) as error:
        raise CatalogError(
            f"the dataset '{spec.name}' cannot be built ({type(error).__name__}: {error}): "
            "reinstall its plugin"
        ) from error
    file = spec.parameters.get("file")
    origin = find(dataset, folders, None if file is None else str(file))
    if origin is None and not dataset.card.standin_rows:
        raise RequestError([absence(dataset.card, folders)])
    if origin is None:
        origin = stand_in(spec.name, dataset, code_hash(module))
    return Source(spec, dataset.card, origin)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read seeds: whole numbers and ranges, separated by commas.

    >>> parse_seeds("0-2,7")
    (0, 1, 2, 7)
    """
    seeds: list[int] = []
    problems = []
    for item in (part.strip() for part in text.split(",")):
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", item)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first or last - first >= MOST_SEEDS:
            problems.append(f"seeds '{item}': expected whole numbers or ranges such as 0,1,5-9")
        else:
            seeds += range(first, last + 1)
    if problems:
        raise RequestError(problems)
    return tuple(dict.fromkeys(seeds))


def parse_tasks(text: str) -> tuple[str, ...]:
    """Read tasks, separated by commas."""
    names = [name.strip() for name in text.split(",")]
    problems = [f"unknown task '{n}': {nearest(n, TASKS)}" for n in names if n not in TASKS]
    if problems:
        raise RequestError(problems)
    return tuple(dict.fromkeys(names))


def _protocols(catalog: Catalog, request: Request) -> tuple[Spec, ...]:
    """Give the protocols named, or the one that reads a split manifest."""
    if request.split_manifest is None:
        return select(catalog, "protocol", request.protocols)
    if request.protocols != Request.protocols:
        raise RequestError(["--split-manifest takes the place of --protocols: give one of the two"])
    frozen = catalog.get("protocol", "frozen")
    named = default_spec(frozen, {"manifest": str(request.split_manifest)})
    return (replace(named, named=True),)


def _models(catalog: Catalog, text: str | None) -> tuple[Spec, ...]:
    """Give the models named, or all but the baselines, which every run has anyway."""
    if text is not None:
        return select(catalog, "model", text)
    models = catalog.components("model")
    if not models:
        raise RequestError(["no model is installed: pip install 'idsbench[standard]'"])
    return tuple(default_spec(model) for model in models if not _model_traits(model).baseline)


def _model_traits(component: Component) -> ModelTraits:
    return component.traits if isinstance(component.traits, ModelTraits) else ModelTraits()


def _cells(catalog: Catalog, axes: _Axes, request: Request, problems: list[str]) -> list[Cell]:
    cells: dict[str, Cell] = {}
    groups = (
        group
        for places in axes.places
        for group in itertools.product(axes.tasks, places, axes.seeds, axes.samplers)
    )
    chosen = axes.chains is not None
    models = [(m, axes.chains or _preferred(catalog, m, problems)) for m in axes.models]
    none, cpu = _baseline_partners(catalog) if request.baselines else (None, None)
    baselines = [(m, _preferred(catalog, m, problems)) for m in _baselines(catalog)] if cpu else []
    for task, place, seed, sampler in groups:
        first = Cell(
            place.source,
            task,
            place.protocol,
            sampler,
            Chain(()),
            sampler,
            sampler,
            seed,
            place.skip,
            trials=request.trials,
        )
        for model, chains in models:
            for cell in _fitting(first, model, chains, axes.targets, chosen):
                cells.setdefault(cell.id, cell)
        if none and cpu:
            plain = replace(first, sampler=none)
            for model, chains in baselines:
                for cell in _fitting(plain, model, chains, (cpu,), False):
                    cells.setdefault(cell.id, cell)
    return list(cells.values())


def _fitting(
    first: Cell, model: Spec, chains: Iterable[Chain], targets: Iterable[Spec], chosen: bool
) -> Iterator[Cell]:
    """Give the cells of one model; a pair that cannot work only where the user named both sides."""
    traits = _model_traits(model.component)
    defaults = protocol_traits(first.protocol).defaults
    for chain, target in itertools.product(chains, targets):
        skip = _mismatch(model, traits, chain)
        if skip and not (model.named and chosen and chain.named):
            continue
        if first.task not in traits.tasks:
            if not model.named:
                continue
            skip = f"the model '{model.name}' learns {', '.join(traits.tasks)}, not {first.task}"
        absent, refused = hosting(target, model.name, traits.offers)
        if refused and not skip and not (model.named and target.named):
            continue
        skip = first.skip or absent or skip or refused
        cell = replace(
            first, model=model, featurizers=chain.with_defaults(defaults), target=target, skip=skip
        )
        yield replace(cell, missing=missing_library(cell.components))


def _mismatch(model: Spec, traits: ModelTraits, chain: Chain) -> str:
    last = chain.specs[-1].component.traits
    output = last.output if isinstance(last, FeaturizerTraits) else "table"
    if output == traits.input:
        return ""
    wanted = {"table": "rows", "image": "images"}
    return (
        f"the model '{model.name}' takes {wanted[traits.input]} and "
        f"the featurizer '{chain.text}' gives {wanted[output]}"
    )


def _preferred(catalog: Catalog, model: Spec, problems: list[str]) -> tuple[Chain, ...]:
    text = _model_traits(model.component).featurizer
    try:
        chains = select_chains(catalog, text)
    except RequestError as error:
        problems += [f"the model '{model.name}' prefers {text}: {p}" for p in error.problems]
        return ()
    return tuple(Chain(tuple(replace(spec, named=False) for spec in c.specs)) for c in chains)


def _baselines(catalog: Catalog) -> list[Spec]:
    models = catalog.components("model")
    return [default_spec(model) for model in models if _model_traits(model).baseline]


def _baseline_partners(catalog: Catalog) -> tuple[Spec, Spec] | tuple[None, None]:
    """Baselines run on the plainest sampler and target: no resampling, native."""
    if not _baselines(catalog):
        return None, None
    return select(catalog, "sampler", "none")[0], select(catalog, "target", "cpu")[0]
