"""One dataset and one protocol -> the places that cells take: folds, second datasets, manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from idsbench.cells import Source
from idsbench.errors import RequestError, nearest
from idsbench.manifest import read_manifest
from idsbench.selection import Spec
from idsbench.split_values import FoldTraits, JoinTraits, ManifestTraits
from idsbench.values import VARIANTS, Origin, Scalar

Find = Callable[[str], Sequence[Source]]


@dataclass(frozen=True)
class Place:
    """Data and a protocol with every parameter settled; `skip` says why nothing can run there."""

    source: Source
    protocol: Spec
    skip: str = ""


def expand(
    source: Source, protocol: Spec, sources: Sequence[Source], find: Find
) -> tuple[Place, ...]:
    """Settle what the user left open.

    Args:
        source: the dataset that is tested.
        protocol: as the user selected it.
        sources: all selected datasets.
        find: resolves a selection of datasets.

    Raises:
        RequestError: the protocol lacks something that only the user can name.
        StoreError: a split manifest cannot be read.
    """
    traits = protocol.component.traits
    places: Iterable[Place] = (Place(source, protocol),)
    if isinstance(traits, FoldTraits):
        places = _folds(source, protocol, traits)
    elif isinstance(traits, JoinTraits):
        places = _joins(source, protocol, traits, _partners(source, protocol, sources, find))
    elif isinstance(traits, ManifestTraits):
        places = _frozen(source, protocol, traits)
    return tuple(place for place in places if protocol.named or not place.skip)


def fold_of(protocol: Spec) -> str:
    """Give a cell's fold as it is written in its protocol, e.g. "fold=3"; empty without folds."""
    traits = protocol.component.traits
    if not isinstance(traits, FoldTraits):
        return ""
    return f"{traits.fold}={protocol.parameters[traits.fold]}"


def _with(protocol: Spec, key: str, settled: Scalar) -> Spec:
    values = ((name, settled if name == key else value) for name, value in protocol.values)
    return replace(protocol, values=tuple(values))


def _folds(source: Source, protocol: Spec, traits: FoldTraits) -> Iterable[Place]:
    chosen = protocol.parameters[traits.fold]
    if traits.count:
        count = int(protocol.parameters[traits.count])
        if chosen is not None and chosen >= count:
            raise RequestError(
                [
                    f"protocol '{protocol.name}', {traits.fold}={chosen}: with "
                    f"{traits.count}={count} there are 0 to {count - 1}"
                ]
            )
        numbers = range(count) if chosen is None else [chosen]
        return [Place(source, _with(protocol, traits.fold, number)) for number in numbers]
    listed = tuple(getattr(source.card, traits.listed))
    if chosen is None and not listed:
        hint = f"name one with {protocol.name}[{traits.fold}=NAME]"
        reason = f"the card of '{source.spec.name}' lists no {traits.listed}: {hint}"
        return [Place(source, protocol, reason)]
    if chosen is None:
        return [Place(source, _with(protocol, traits.fold, name)) for name in listed]
    if listed and chosen.lower() not in {name.lower() for name in listed}:
        reason = f"'{source.spec.name}' has no {traits.fold} '{chosen}': {nearest(chosen, listed)}"
        return [Place(source, protocol, reason)]
    return [Place(source, protocol)]


def _partners(
    source: Source, protocol: Spec, sources: Sequence[Source], find: Find
) -> Sequence[Source]:
    """Give the datasets to train on: the one named, or every other selected one."""
    traits = protocol.component.traits
    assert isinstance(traits, JoinTraits)
    chosen = protocol.parameters[traits.train]
    if chosen is not None:
        return find(chosen)
    others = [other for other in sources if other.spec.name != source.spec.name]
    if not others and protocol.named:
        raise RequestError(
            [
                f"protocol '{protocol.name}' needs a dataset to train on: "
                f"{protocol.name}[{traits.train}=NAME], or select two datasets"
            ]
        )
    return others


def _joins(
    source: Source, protocol: Spec, traits: JoinTraits, partners: Sequence[Source]
) -> Iterable[Place]:
    for other in partners:
        settled = _with(protocol, traits.train, other.spec.text)
        yield Place(_joined(other, source), settled, _unjoinable(other, source))


def _unjoinable(other: Source, source: Source) -> str:
    if other.spec.name == source.spec.name:
        return f"'{source.spec.name}' would be trained on itself: name another dataset"
    for one in (other, source):
        if not one.card.flow:
            return f"the card of '{one.spec.name}' maps nothing to the canonical flow schema"
    if not set(other.card.flow) & set(source.card.flow):
        names = f"'{other.spec.name}' and '{source.spec.name}'"
        return f"the cards of {names} have no canonical flow column in common"
    return ""


def _joined(first: Source, second: Source) -> Source:
    """Give the second dataset with the first beside it; the result is no better than either."""
    one, two = first.origin, second.origin
    known = [share for share in (one.coverage, two.coverage) if share is not None]
    variant = max(one.variant, two.variant, key=VARIANTS.index)
    origin = Origin(
        files=(*one.files, *two.files),
        layout=f"{one.layout} + {two.layout}",
        sha256=hashlib.sha256(f"{one.sha256}{two.sha256}".encode()).hexdigest(),
        lines=one.lines + two.lines,
        variant=variant,
        coverage=min(known) if len(known) == 2 and variant != "stand-in" else None,
    )
    return replace(second, origin=origin, parts=(first, second))


def _frozen(source: Source, protocol: Spec, traits: ManifestTraits) -> Iterable[Place]:
    file = protocol.parameters[traits.manifest]
    if file is None:
        if protocol.named:
            raise RequestError(
                [f"protocol '{protocol.name}' needs a split manifest: --split-manifest FILE"]
            )
        return
    manifest = read_manifest(Path(file))
    if manifest.resampled:
        raise RequestError(
            [
                f"{file}: {manifest.about['protocol']} resampled the table before this split, "
                "so its rows cannot be given back their parts"
            ]
        )
    if manifest.about["dataset"] != source.spec.identity:
        raise RequestError(
            [f"{file}: is a split of {manifest.about['dataset']}, not of {source.spec.identity}"]
        )
    yield Place(source, _with(protocol, traits.split, manifest.name))
