"""Names of cells for people: only what differs among the cells; what all share is said once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idsbench.compare_pairs import PARTS, UNSAID, name
from idsbench.compare_values import Compared, Row
from idsbench.leaderboard_columns import short_specs


@dataclass(frozen=True)
class Names:
    """Short names by full name, and the line that says what all cells share; empty if nothing."""

    short: Mapping[str, str]
    shared: str

    def of(self, full: str) -> str:
        """Give the short name; a name that is not known stays as it is."""
        return self.short.get(full, full)


def names_of(rows: Iterable[Row]) -> Names:
    """Shorten the names of cells: a model always keeps its name, other parts where they differ."""
    known = {name(row): row for row in rows}
    columns: list[list[str]] = []
    shared: list[str] = []
    for part in PARTS:
        texts = [str(row[part]) for row in known.values()]
        if part == "model" or len(set(texts)) > 1:
            said = short_specs(texts)
            columns.append(["" if (part, one) in UNSAID else one for one in said])
        elif texts and (part, texts[0]) not in UNSAID:
            shared.append(f"{part} {texts[0]}")
    short = [" ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]
    alike = f"All cells: {', '.join(shared)}." if shared else ""
    return Names(dict(zip(known, short, strict=True)), alike)


def names_in(compared: Iterable[Compared]) -> Names:
    """Shorten the names of what was compared; a cell of both sides is called as in HEAD."""
    groups = (one.pair.head or one.pair.base for one in compared)
    return names_of(group.any for group in groups if group)
