"""The frozen values that pass between stages. No work is done here, and numpy is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scalar = str | int | float | bool | None

KINDS = ("dataset", "protocol", "sampler", "featurizer", "model", "target", "executor")
VARIANTS = ("full", "excerpt", "lab", "stand-in")
TASKS = ("binary", "category", "subcategory")
STATUSES = (
    "ok",
    "skipped",
    "failed",
    "timeout",
    "oom",
    "crashed",
    "not-installed",
    "invalid",
)
EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Parameter:
    """One typed parameter of a component, from which the command line validates `name[key=value]`.

    Args:
        name: as written in a selection.
        type: int, float, str or bool.
        default: the value when the user names none; None only with `optional`.
        help: one line for `idsbench show`.
        choices: the values allowed, where they can be listed.
        minimum, maximum: the range allowed, both ends included.
        optional: whether `none` is a value.
        identity: False for what says where something is (a file), not what is measured.
    """

    name: str
    type: type
    default: Scalar
    help: str = ""
    choices: tuple[Scalar, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    optional: bool = False
    identity: bool = True


@dataclass(frozen=True)
class Search:
    """Where `--tune` looks for the value of one parameter: in a range, or among choices.

    Args:
        parameter: its name. What is searched lies within what the parameter allows, and the
            parameter's default within what is searched.
        minimum, maximum: of an int or a float, both ends included.
        log: whether values are drawn evenly over the logarithm.
        choices: in place of a range; None where the parameter is optional.
    """

    parameter: str
    minimum: float | None = None
    maximum: float | None = None
    log: bool = False
    choices: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class ModelTraits:
    """What the plan must know of a model without importing it.

    Args:
        featurizer: the selection used when the user names none, e.g. ``"table"``.
        input: whether `fit` takes rows (n, d) or images (n, h, w, c).
        tasks: the tasks it can learn.
        baseline: added to every run (target cpu, no sampler) unless `--no-baselines`.
        exports: the formats that its `export` writes; without any it needs no `export`.
        devices: where it scores besides the processor ("cuda"); it then has `move_to` and `wait`.
        search: where `--tune` looks for its parameters; without it the model is run as it is.
        resumes: whether its `fit` takes `checkpoints`, and goes on where a killed training was.
        made_of: what its formats hold: a linear model, trees that vote, boosted trees, whose leaves
            add up to a logit, isolation trees, whose path lengths count, a network's layers, or
            those of a MobileNet, depthwise separable convolutions. Targets whose arithmetic is for
            some of these refuse the others in the plan; where it is empty, the run finds out.
    """

    featurizer: str = "table"
    input: Literal["table", "image"] = "table"
    tasks: tuple[str, ...] = ("binary",)
    baseline: bool = False
    exports: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    search: tuple[Search, ...] = ()
    resumes: bool = False
    made_of: Literal[
        "", "linear", "trees", "boosted-trees", "isolation-trees", "layers", "separable-layers"
    ] = ""

    @property
    def offers(self) -> tuple[str, ...]:
        """Give all that a target asks of a model: formats, devices, and what the formats hold."""
        return (*self.exports, *self.devices, *((self.made_of,) if self.made_of else ()))


@dataclass(frozen=True)
class TargetTraits:
    """What the plan must know of a target.

    Args:
        format: what it runs, of a model's `exports`; empty for the training's own files.
        framework: whether it scores in the model's own framework, although it has a format.
    """

    format: str = ""
    framework: bool = False


@dataclass(frozen=True)
class FeaturizerTraits:
    """`output` is "image" when the featurizer ends in a layout (n, d) -> (n, h, w, c)."""

    output: Literal["table", "image"] = "table"


@dataclass(frozen=True)
class ProtocolTraits:
    """Which rows a protocol lets fitting and resampling see.

    Args:
        claims: one sentence: what a score under this protocol claims, and what it does not.
        fit_on: the rows that scaling and selection are fitted on.
        balance: where the sampler works: on training rows, or on the whole table before the split.
        defaults: parameter defaults that this protocol replaces in the featurizer, where the user
            named none (the papers scale by min-max).
        weighted: add support-weighted precision, recall and F1 to the record.
    """

    claims: str
    fit_on: Literal["train", "table"] = "train"
    balance: Literal["train", "table"] = "train"
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    weighted: bool = False


@dataclass(frozen=True)
class Component:
    """One dataset, protocol, sampler, featurizer, model, target or executor.

    Args:
        kind: one of `KINDS`.
        name: lower-case words joined by hyphens; unique within its kind.
        summary: one line for `idsbench list`.
        build: ``"package.module:attribute"``, imported only when a cell needs it and called with
            the parameters as keywords; gives what `idsbench.contracts` asks of the kind.
        parameters: the typed schema.
        preload: modules that a worker's fork server imports once, before any job of this component.
        libraries: distributions whose versions change results; they enter the fingerprint.
        traits: what the plan must know without importing anything; by kind, see the classes above.
    """

    kind: str
    name: str
    summary: str
    build: str
    parameters: tuple[Parameter, ...] = ()
    preload: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    traits: ModelTraits | FeaturizerTraits | ProtocolTraits | TargetTraits | None = None


@dataclass(frozen=True)
class Plugin:
    """An installed distribution's entry point, with what it offers or the error that keeps it out."""

    distribution: str
    version: str
    entry_point: str
    module: str
    components: tuple[Component, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Layout:
    """One way in which a dataset's files lie on disk.

    Args:
        name: for messages and records, e.g. ``"86 columns"``.
        slots: one tuple of file-name patterns per file of the layout, in reading order. Names are
            compared in lower case without blanks, hyphens and underscores ("IoT Network
            Intrusion Dataset.csv" -> "iotnetworkintrusiondataset.csv"). A pattern with slashes is
            compared with as many of the last parts of the path.
        published_rows: rows of the published file(s) of this layout; fewer make an excerpt. None
            where nothing is published: the file is all there is.
        many: whether every file that matches a slot is read; else two are an error.
        format: "csv", "zeek" or "parquet".
        header: whether the first line names the columns (it is then no row).
        sha256: of copies whose content is known.
    """

    name: str
    slots: tuple[tuple[str, ...], ...]
    published_rows: int | None
    many: bool = False
    format: Literal["csv", "zeek", "parquet"] = "csv"
    header: bool = True
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowColumn:
    """A column with the factor that turns it into the canonical unit (seconds, packets, bytes)."""

    column: str
    factor: float = 1.0


@dataclass(frozen=True)
class Card:
    """What is known of a dataset: where its files are, what its rows are, where it comes from.

    Args:
        layouts: tried in this order; the first that is there is read.
        ignore: patterns (normalised as in `Layout`) of files that are never the data.
        row_unit: what one row is (packet, flow, 0.1-s flow); scores are not compared across units.
        benign: how benign rows are labelled.
        group: the name of the group column or key, for messages; empty where there is none.
        benign_rows_per_day: for false alarms per day; None where the card cannot say.
        standin_marks: byte strings by which a generated file is known even without its sidecar.
        standin_rows: rows of the embedded stand-in; 0 where nothing can generate one.
        identifiers: columns that name one row or connection, or tell when it was; never features
            by default.
        endpoints: columns of addresses and ports; never features by default.
        timing: features that are measured with a clock.
        ttl: features that are, or follow from, an IP time to live.
        sentinels: column -> the number that stands for "none" in it.
        flow: canonical name -> the column that holds it.
        attacks: the finest attack classes, in the order of their codes, which start at 1.
        published: rows per class of the finest labels, as published.
        addresses: where `data fetch` gets the files: `kaggle:OWNER/NAME` or https://…
        file: the file to read, where a user's own card names it.
    """

    name: str
    title: str
    layouts: tuple[Layout, ...]
    row_unit: str
    benign: str
    ignore: tuple[str, ...] = ()
    group: str = ""
    benign_rows_per_day: float | None = None
    standin_marks: tuple[bytes, ...] = ()
    standin_rows: int = 20_000
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    known_issues: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    timing: tuple[str, ...] = ()
    ttl: tuple[str, ...] = ()
    sentinels: Mapping[str, float] = field(default_factory=dict)
    flow: Mapping[str, FlowColumn] = field(default_factory=dict)
    attacks: tuple[str, ...] = ()
    published: Mapping[str, int] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    file: Path | None = None


@dataclass(frozen=True)
class Origin:
    """The file(s) a table comes from.

    Args:
        files: in reading order, absolute.
        layout: the name of the card's layout.
        sha256: of the one file, or of the files' hashes joined in order.
        lines: data rows by counting line ends (a header line not counted).
        variant: one of `VARIANTS`.
        coverage: rows here / rows published; None for a stand-in, and where nothing is published.
    """

    files: tuple[Path, ...]
    layout: str
    sha256: str
    lines: int
    variant: str
    coverage: float | None


@dataclass(frozen=True)
class Labels:
    """One task's labels: `codes` (n,) int16 into `classes`; class 0 is benign."""

    codes: NDArray[np.int16]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """Something the reader changed, counted: rows dropped, cells replaced, text coerced."""

    what: str
    count: int


@dataclass(frozen=True)
class Table:
    """A dataset's rows, cleaned, in file order.

    Args:
        x: float32 (n, d), finite.
        columns: d names.
        labels: per task; "binary" always, class 0 benign and class 1 attack.
        attack: the finest attack label, for evidence and for leave-one-attack-out.
        group: int64 (n,) codes of the card's group; None where the file lacks it.
        group_name: the group's column or key; empty where `group` is None.
        time: float64 (n,) seconds; None where missing or encoded.
        notes: what was dropped or changed, counted. Nothing is dropped without a note.
        flags: from the documented vocabulary, e.g. "identifiers-as-features".
    """

    x: NDArray[np.float32]
    columns: tuple[str, ...]
    labels: Mapping[str, Labels]
    attack: Labels
    group: NDArray[np.int64] | None = None
    group_name: str = ""
    time: NDArray[np.float64] | None = None
    notes: tuple[Note, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """What a protocol sees of the rows it splits. Arrays are (n,); None where the file lacks them."""

    y: NDArray[np.int16]
    group: NDArray[np.int64] | None
    time: NDArray[np.float64] | None
    attack: Labels
    vector: NDArray[np.uint64]


@dataclass(frozen=True)
class Split:
    """Row indices (int64) of the three parts; the runner checks that they are disjoint."""

    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class Resampled:
    """What a sampler made of (x, y).

    Args:
        x: float32 (m, d).
        y: int16 (m,).
        base: int64 (m,), the input row that each output row is, or was made from.
        neighbour: int64 (m,), the second parent of a synthetic row; equal to `base` elsewhere.
        synthetic: bool (m,).
    """

    x: NDArray[np.float32]
    y: NDArray[np.int16]
    base: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    synthetic: NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """Features and labels that a model may learn from: x (n, d) or (n, h, w, c) float32, y (n,) int16."""

    x: NDArray[np.float32]
    y: NDArray[np.int16]


@dataclass(frozen=True)
class Fit:
    """What a training reports: per-epoch `history`, and what it had to assume."""

    history: tuple[Mapping[str, float], ...] = ()
    assumed: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """All that a training needs to go on after an epoch, as if it had not been ended.

    Args:
        epoch: the last one that is done.
        arrays: weights, and what the optimiser and generators keep.
        values: the rest, as JSON.
    """

    epoch: int
    arrays: Mapping[str, NDArray[np.generic]]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """All that metrics are computed from; real validation rows only, test rows in split order.

    Args:
        valid_label, valid_score, valid_group: (v,) of real, unresampled validation rows.
        test_row: uint64 (t,) hash of the cleaned row and its label.
        test_vector: uint64 (t,) hash of the float32 row after the numeric stage.
        test_group: int64 (t,) cluster codes; a synthetic row has its base parent's.
        test_label: int16 (t,), 0 benign.
        test_attack: int16 (t,), finest label.
        test_score: float64 (t,) probability of attack, or (t, k).
        test_seen: bool (t,), the vector is among the real training rows the model received.
        test_synthetic: bool (t,), made by a sampler.
        test_parent_leaked: bool (t,), a parent of a training synthetic, or a synthetic row
            with a training parent.
    """

    valid_label: NDArray[np.int16]
    valid_score: NDArray[np.float64]
    valid_group: NDArray[np.int64]
    test_row: NDArray[np.uint64]
    test_vector: NDArray[np.uint64]
    test_group: NDArray[np.int64]
    test_label: NDArray[np.int16]
    test_attack: NDArray[np.int16]
    test_score: NDArray[np.float64]
    test_seen: NDArray[np.bool_]
    test_synthetic: NDArray[np.bool_]
    test_parent_leaked: NDArray[np.bool_]
