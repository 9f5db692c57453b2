"""The dataset component: reads IoTID20's files, or writes a stand-in for them."""

from __future__ import annotations

from pathlib import Path

from idsbench.values import Card, Table
from idsbench_iotid20.card import CARD


class IoTID20:
    """IoTID20 in its 86-column file or its 31-feature sample.

    Args:
        columns: "behaviour", "endpoints" or "all", see `idsbench_iotid20.schema.features`.
        file: the file that the user named; it is passed to `load` like a file that was found.
    """

    card: Card = CARD

    def __init__(self, columns: str = "behaviour", file: str | None = None) -> None:
        self.columns = columns
        self.file = file

    def load(self, files: tuple[Path, ...], layout: str) -> Table:
        """Read and clean the one file of a layout.

        Raises:
            DataError: the content is not what the layout promises; names file, line and column.
        """
        from idsbench_iotid20.loading import load

        return load(files[0], layout, self.columns)

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        """Write a stand-in of `rows` rows in the 86-column layout, the same for the same seed.

        Raises:
            DataError: fewer rows than classes.
        """
        from idsbench_iotid20.standin import write

        write(out, rows, seed)
