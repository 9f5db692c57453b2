"""What a card says beyond `values.Card`: how the files of each layout are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from idsbench.values import Card

KINDS = ("number", "whole", "hex", "loose", "text", "length")
"""What a column can be: a number; a whole number from 0; hexadecimal; a number where it can be
read and -1 elsewhere; text, whose place among the sorted distinct values is the feature; text
whose length is the feature."""

CANONICAL = (
    "duration_s",
    "fwd_packets",
    "bwd_packets",
    "fwd_bytes",
    "bwd_bytes",
    "src_port",
    "dst_port",
    "protocol",
    "packets_per_s",
    "bytes_per_s",
    "mean_packet_bytes",
)
"""The flow schema that cards map to; forward is from the initiator, bytes are of the payload
unless the card's known issues say otherwise, protocol is the number of IANA."""


@dataclass(frozen=True)
class LabelColumn:
    """Where one task's labels are and how they are written.

    Args:
        task: one of `TASKS`.
        column: its name; empty where the name of the file says the label.
        classes: benign first.
        written: text in the file -> class.
        empty: the class of an empty cell; where this is empty, such a cell is an error.
        parents: class -> its class in the next coarser task, where a contradiction is an error.
    """

    task: str
    column: str
    classes: tuple[str, ...]
    written: Mapping[str, str]
    empty: str = ""
    parents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TimeColumn:
    """The column of a row's time: text of a `format` (UTC assumed), or a number of `seconds` each."""

    column: str
    format: str = ""
    seconds: float = 1.0


@dataclass(frozen=True)
class Group:
    """Which rows belong together: those with equal columns, of one file, or of one place.

    Args:
        name: for messages and records.
        columns: equal in all rows of a group.
        file: whether a group ends with its file.
        path: a regular expression searched in the last three parts of the file's path, in lower
            case; what its first parenthesis matches names the place. A file without is one place.
    """

    name: str
    columns: tuple[str, ...] = ()
    file: bool = False
    path: str = ""


@dataclass(frozen=True)
class Misnamed:
    """A file that goes by the name of another: known by its pattern and its number of rows."""

    files: tuple[str, ...]
    rows: int
    says: str


@dataclass(frozen=True)
class Schema:
    """How the files of one layout are read.

    Args:
        layout: its name.
        columns: all, in file order; empty where the file's header decides.
        kinds: of the columns that are not numbers.
        drop: columns that are read and thrown away.
        optional: columns that some copies of the file lack.
        labels: from the coarsest task to the finest; one at least.
        slot_labels: the label of each slot's files, where file names say it.
        header: "named" (in the first line), "loose" (the same, names stripped of blanks and
            repeated ones numbered .1, .2 …) or "none".
        group, time: None where these files have none.
        missing: cells that are empty, besides those without a character.
        absent: an empty cell counts as "zero", or its row is dropped ("drop").
        infinite: an infinite number is an "error", or counts as "missing".
        filled: what stands in text columns where there was nothing.
        function: "module:attribute" called with (frame, path, layout) after reading; gives the
            frame and notes. Empty where the card says everything.
        misnamed: files known to go by the name of another.
    """

    layout: str
    columns: tuple[str, ...]
    labels: tuple[LabelColumn, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    slot_labels: tuple[str, ...] = ()
    format: Literal["csv", "zeek", "parquet"] = "csv"
    header: Literal["named", "loose", "none"] = "named"
    group: Group | None = None
    time: TimeColumn | None = None
    missing: tuple[str, ...] = ()
    absent: Literal["zero", "drop"] = "zero"
    infinite: Literal["error", "missing"] = "error"
    filled: tuple[str, ...] = ()
    function: str = ""
    misnamed: tuple[Misnamed, ...] = ()

    def features(self, card: Card, choice: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Name the features of a choice: behaviour in file order, then endpoints, identifiers.

        Args:
            card: names identifiers and endpoints.
            choice: behaviour, endpoints or all.
            columns: what the file has.
        """
        here = set(columns)
        labels = {label.column for label in self.labels}
        never = {*labels, *self.drop, *card.identifiers, *card.endpoints}
        chosen = [c for c in columns if c not in never]
        if choice != "behaviour":
            chosen += [c for c in card.endpoints if c in here]
        if choice == "all":
            chosen += [c for c in card.identifiers if c in here]
        return tuple(c for c in chosen if c not in self.drop)


@dataclass(frozen=True)
class Definition:
    """A card as it was read.

    Args:
        card: what the rest of idsbench uses.
        schemas: by the names of the card's layouts.
        generator: "module:attribute" called with (out, rows, seed) to write a stand-in; empty
            where there is none.
        sha256: of the card's text.
    """

    card: Card
    schemas: Mapping[str, Schema]
    generator: str = ""
    sha256: str = ""
