"""The dataset that a card describes: finds nothing by itself, reads what the card says.

A plugin offers one in a line: `iot23 = PackagedCard("my_package", "iot23.toml")`, and its component
names that attribute as its `build`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from idsbench.card import packaged_card, users_card
from idsbench.card_values import Definition, Schema
from idsbench.errors import RequestError
from idsbench.values import Card, Component, Parameter, Table

if TYPE_CHECKING:
    from collections.abc import Callable

CHOICES = ("behaviour", "endpoints", "all")
COLUMNS = Parameter(
    "columns",
    str,
    CHOICES[0],
    help="behaviour: neither identifiers nor endpoints; endpoints: plus addresses and ports; "
    "all: plus ids and times",
    choices=CHOICES,
)
FILE = Parameter(
    "file",
    str,
    None,
    help="read this file instead of looking for one",
    optional=True,
    identity=False,
)


class TabularDataset:
    """A dataset whose card says all that has to be known to read it.

    Args:
        definition: the card.
        columns: "behaviour", "endpoints" or "all".
        file: the file that the user named; the core passes it to `load` like one that was found.
    """

    def __init__(
        self, definition: Definition, columns: str = CHOICES[0], file: str | None = None
    ) -> None:
        self.definition = definition
        self.columns = columns
        self.file = file

    @property
    def card(self) -> Card:
        """What is known of the dataset without reading it."""
        return self.definition.card

    def load(self, files: tuple[Path, ...], layout: str) -> Table:
        """Read and clean the files of one layout, in order.

        Raises:
            DataError: the content is not what the layout promises; names file, line and column.
            CellSkipped: the chosen columns are not in this layout.
        """
        from idsbench.tabular_load import load

        return load(self.definition, files, layout, self.columns)

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        """Write a stand-in, where the card names what generates one.

        Raises:
            RequestError: there is no generator, or it needs more rows.
        """
        if not self.definition.generator:
            raise RequestError([f"nothing can generate a stand-in for '{self.card.name}'"])
        module, _, attribute = self.definition.generator.partition(":")
        write: Callable[[Path, int, int], None] = getattr(
            importlib.import_module(module), attribute
        )
        write(out, rows, seed)


@dataclass(frozen=True)
class PackagedCard:
    """Makes the dataset of a card that lies in a package; the card is read when it is asked for.

    Args:
        package: the import name.
        path: of the card in it, e.g. "cards/iot23.toml".
    """

    package: str
    path: str

    def __call__(self, columns: str = CHOICES[0], file: str | None = None) -> TabularDataset:
        """Give the dataset."""
        return TabularDataset(self.definition, columns, file)

    @cached_property
    def definition(self) -> Definition:
        """The card as read."""
        return packaged_card(self.package, self.path)

    @property
    def card(self) -> Card:
        """What is known of the dataset without reading it."""
        return self.definition.card

    def schema(self, layout: str) -> Schema:
        """How the files of a layout are read."""
        return self.definition.schemas[layout]


def users_component(path: Path) -> Component:
    """Make the component of a card that a user named.

    Its identity holds the hash of the card's text, not its path.

    Raises:
        RequestError: no such file, or every mistake in it.
    """
    definition = users_card(path)
    digest, place = definition.sha256[:16], str(path.resolve())
    return Component(
        kind="dataset",
        name=definition.card.name,
        summary=definition.card.title,
        build="idsbench.tabular:users_dataset",
        parameters=(
            COLUMNS,
            FILE,
            Parameter("card", str, digest, help="hash of the card", choices=(digest,)),
            Parameter("path", str, place, help="of the card", choices=(place,), identity=False),
        ),
        preload=("polars",),
        libraries=("numpy", "polars"),
    )


def users_dataset(columns: str, file: str | None, card: str, path: str) -> TabularDataset:
    """Make the dataset of a card that a user named.

    Args:
        columns: as of `TabularDataset`.
        file: as of `TabularDataset`.
        card: what the hash of the card's text begins with; part of every cell's identity.
        path: where the card is.

    Raises:
        RequestError: the card was changed since the request was read.
    """
    definition = users_card(Path(path))
    if not definition.sha256.startswith(card):
        raise RequestError([f"{path}: was changed during the run; give the command again"])
    return TabularDataset(definition, columns, file)
