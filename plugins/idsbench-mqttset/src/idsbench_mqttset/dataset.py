"""The dataset `mqttset`: packets of an MQTT network, in the published layouts."""

from __future__ import annotations

from pathlib import Path

from idsbench.errors import CellSkipped, RequestError
from idsbench.values import Table
from idsbench_mqttset.card import CARD, PER_CLASS
from idsbench_mqttset.schema import ATTACKS, COLUMN_SETS, ENDPOINTS, IDENTIFIERS

_FLAGS = {
    "behaviour": ("rows-are-packets",),
    "endpoints": ("rows-are-packets", "endpoints-as-features"),
    "all": ("rows-are-packets", "endpoints-as-features", "identifiers-as-features"),
}


class MQTTset:
    """Reads MQTTset's files and generates its stand-in.

    Args:
        columns: "behaviour" (33 features), "endpoints" (with addresses and ports) or "all"
            (every column of the per-class files).
        file: the file to read in place of those in the data folder; the core finds it.
    """

    card = CARD

    def __init__(self, columns: str = "behaviour", file: str | None = None) -> None:
        self.columns = columns
        self.file = file

    def load(self, files: tuple[Path, ...], layout: str) -> Table:
        """Read the files of one layout, in order; no row is dropped.

        Raises:
            DataError: the content is not what the layout promises.
            CellSkipped: the chosen columns are not in this layout.
        """
        names = COLUMN_SETS[self.columns]
        flags = _FLAGS[self.columns]
        if layout == PER_CLASS:
            from idsbench_mqttset.fields import load_fields

            return load_fields(files, names, flags)
        if self.columns != "behaviour":
            raise CellSkipped(_lacking(self.columns, layout))
        from idsbench_mqttset.labelled import load_labelled

        return load_labelled(files, names, flags)

    def synthesize(self, out: Path, rows: int, seed: int) -> None:
        """Write a stand-in in the 34-column layout to `out`, the same bytes for the same seed.

        Raises:
            RequestError: fewer rows than classes.
        """
        fewest = 1 + len(ATTACKS)
        if rows < fewest:
            raise RequestError(
                [f"a stand-in of mqttset needs {fewest} rows or more, one per class; got {rows}"]
            )
        from idsbench_mqttset.standin import write_standin

        write_standin(out, rows, seed)


def _lacking(columns: str, layout: str) -> str:
    """Say what a 34-column layout lacks for the chosen columns."""
    missing = ENDPOINTS if columns == "endpoints" else ENDPOINTS + IDENTIFIERS
    return (
        f"mqttset[columns={columns}] needs {', '.join(missing[:-1])} and {missing[-1]}, which the"
        f" layout '{layout}' does not have; use the 60-column files or columns=behaviour"
    )
