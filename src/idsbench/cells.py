"""A cell and its names: identity (what is compared), id (names the record), keys (name cache entries)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from idsbench.cache import key_of
from idsbench.fingerprint import fingerprint
from idsbench.selection import Chain, Spec
from idsbench.tune_space import left, space_text
from idsbench.values import Card, Component, ModelTraits, Origin, ProtocolTraits, TargetTraits

PIPELINE = ("idsbench.jobs",)
PREPARATION = ("idsbench.prepare",)
JOINING = ("idsbench.join",)
TRAINING = ("idsbench.train",)
DEPLOYMENT = ("idsbench.deploy",)
SEARCHING = ("idsbench.tune:tune", ("optuna",))


@dataclass(frozen=True)
class Source:
    """A selected dataset with the file(s) found for it.

    Where a protocol trains on one dataset and tests on another, `parts` holds these two, and spec
    and card are the second's.
    """

    spec: Spec
    card: Card
    origin: Origin
    parts: tuple[Source, ...] = ()

    @property
    def text(self) -> str:
        """How a result calls it: a stand-in never goes by the dataset's bare name."""
        if self.origin.variant != "stand-in":
            return self.spec.text
        return (
            f"{self.spec.text[:-1]},stand-in]"
            if "[" in self.spec.text
            else f"{self.spec.text}[stand-in]"
        )


@dataclass(frozen=True)
class Cell:
    """One full combination. `skip` is the reason why it cannot be run, where there is one."""

    source: Source
    task: str
    protocol: Spec
    sampler: Spec
    featurizers: Chain
    model: Spec
    target: Spec
    seed: int
    skip: str = ""
    missing: str = ""
    trials: int = 0

    @cached_property
    def identity(self) -> str:
        """Dataset, task and all components with every parameter; no seed, no data, no versions.

        A JSON object's text, so that no name can be mistaken for another.
        """
        return json.dumps(
            {
                "dataset": self.source.spec.identity,
                "task": self.task,
                "protocol": self.protocol.identity,
                "sampler": self.sampler.identity,
                "featurizer": self.featurizers.identity,
                "model": f"{self.model.identity}{f' tuned by {self.tuning}' if self.tuned else ''}",
                "target": self.target.identity,
            },
            separators=(",", ":"),
        )

    @property
    def tuned(self) -> int:
        """How many trials choose the model's parameters; 0 where there is nothing to search."""
        return self.trials if left(self.model) else 0

    @property
    def tuning(self) -> str:
        """The trials and what they search, as part of the identity; empty where nothing is."""
        return f"{self.tuned} trials of {space_text(left(self.model))}" if self.tuned else ""

    @property
    def model_text(self) -> str:
        """How a result calls the model: a tuned one never goes by the name of one that is not."""
        text, tuned = self.model.text, f"tune={self.tuned}"
        if not self.tuned:
            return text
        return f"{text[:-1]},{tuned}]" if text.endswith("]") else f"{text}[{tuned}]"

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits: identity, seed, data variant and origin."""
        origin = self.source.origin
        return cell_id(self.identity, self.seed, origin.variant, origin.sha256)

    @property
    def components(self) -> tuple[Component, ...]:
        """All that take part, in the order of the flow."""
        chain = (spec.component for spec in self.featurizers.specs)
        others = (part.spec.component for part in self.source.parts[:-1])
        before = (self.source.spec.component, self.protocol.component, self.sampler.component)
        return (*others, *before, *chain, self.model.component, self.target.component)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the code of any component or of the pipeline, and with library versions."""
        return _fingerprint(self.components, PIPELINE, bool(self.tuned))


def cell_id(identity: str, seed: int, variant: str, origin_sha256: str) -> str:
    """Hash what makes a cell; `verify` recomputes it from a record."""
    text = json.dumps([identity, seed, variant, origin_sha256], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def table_key(cell: Cell) -> str:
    """Name the cache entry of the table that a cell's rows come from."""
    return source_key(cell.source)


def source_key(source: Source) -> str:
    """Name the cache entry of the cleaned table, or of the one that two tables are joined to."""
    if source.parts:
        return key_of(
            join=[source_key(part) for part in source.parts],
            flow=flow_map(*(part.card for part in source.parts)),
            names=[part.text for part in source.parts],
            code=_fingerprint((), JOINING),
        )
    return key_of(
        origin=source.origin.sha256,
        layout=source.origin.layout,
        dataset=source.spec.identity,
        code=_fingerprint((source.spec.component,), PREPARATION),
    )


def prepared_key(cell: Cell) -> str:
    """Name the cache entry of split, scaled and resampled rows; shared by all models of the group."""
    chain = [spec.component for spec in cell.featurizers.specs]
    traits = protocol_traits(cell.protocol)
    parts = (cell.protocol.component, cell.sampler.component, *chain)
    return key_of(
        table=table_key(cell),
        task=cell.task,
        protocol=[cell.protocol.identity, traits.fit_on, traits.balance],
        sampler=cell.sampler.identity,
        featurizers=cell.featurizers.identity,
        seed=cell.seed,
        code=_fingerprint(parts, PREPARATION),
    )


def training_key(cell: Cell) -> str:
    """Name the cache entry of a trained model; shared by all targets."""
    return key_of(
        prepared=prepared_key(cell),
        model=cell.model.identity,
        tuning=cell.tuning,
        code=_fingerprint((cell.model.component,), TRAINING, bool(cell.tuned)),
    )


def artifact_key(cell: Cell) -> str:
    """Name the cache entry of what a target makes of a training."""
    return key_of(
        training=training_key(cell),
        target=cell.target.identity,
        code=_fingerprint((cell.target.component, cell.model.component), DEPLOYMENT),
    )


def target_format(spec: Spec) -> str:
    """Give the format that a target runs; empty where it runs the model's own framework."""
    traits = spec.component.traits
    return traits.format if isinstance(traits, TargetTraits) else ""


def in_framework(spec: Spec) -> bool:
    """Whether a target scores in the model's own framework."""
    traits = spec.component.traits
    return not isinstance(traits, TargetTraits) or traits.framework or not traits.format


def resumes(spec: Spec) -> bool:
    """Whether a model's training goes on where it was killed."""
    traits = spec.component.traits
    return isinstance(traits, ModelTraits) and traits.resumes


def flow_map(first: Card, second: Card) -> dict[str, list[tuple[str, float]]]:
    """Give the canonical columns that both cards map to: column and factor in each."""
    return {
        name: [(one.column, one.factor), (second.flow[name].column, second.flow[name].factor)]
        for name, one in sorted(first.flow.items())
        if name in second.flow
    }


def reference(spec: Spec) -> dict[str, Any]:
    """Name a component in a job's JSON."""
    return {"build": spec.component.build, "parameters": spec.parameters}


def protocol_traits(spec: Spec) -> ProtocolTraits:
    """Give a protocol's traits; one that states none is treated as `clean` is."""
    traits = spec.component.traits
    return traits if isinstance(traits, ProtocolTraits) else ProtocolTraits(claims="")


def _fingerprint(
    components: tuple[Component, ...], core: tuple[str, ...], tuned: bool = False
) -> str:
    parts = tuple((c.build, c.libraries) for c in components)
    return _known_fingerprint((*parts, *((SEARCHING,) if tuned else ())), core)


@cache
def _known_fingerprint(code: tuple[tuple[str, tuple[str, ...]], ...], core: tuple[str, ...]) -> str:
    return fingerprint(code, core)
