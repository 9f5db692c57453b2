"""Rows that fit the terminal: a table, one with its last column folded, or a list."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idsbench import tables

Row = Mapping[str, Any]
UNLIMITED = 10_000
LEAST_ROOM = 24
"""Columns that sentences need in a table, before a list is easier to read."""


def terminal_width() -> int:
    """Give the columns of the terminal; no limit where the output goes to a file."""
    return shutil.get_terminal_size((UNLIMITED, 24)).columns


def fitted(rows: Sequence[Row], fmt: str, width: int) -> str:
    """Render rows; the last column holds sentences, which are folded where the table is too wide.

    >>> row = {"cell": "cnn", "old": 0.5, "why": "the false alarms became more than they were"}
    >>> print(fitted([row], "table", 40))
    cell    old    why
    ------  -----  -----------------------
    cnn     0.5    the false alarms became
                   more than they were
    >>> print(fitted([row], "table", 30))
    cnn
      old 0.5; the false alarms
      became more than they were
    """
    text = tables.render(rows, fmt)
    if fmt != "table" or not rows or _width(text) <= width:
        return text
    last = list(rows[0])[-1]
    others = tables.render([{key: row[key] for key in row if key != last} for row in rows], fmt)
    room = width - _width(others) - 2
    if room < LEAST_ROOM:
        return "\n".join(line for row in rows for line in _listed(row, width))
    return tables.render([part for row in rows for part in _folded(row, last, room)], fmt)


def _width(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)


def _folded(row: Row, last: str, room: int) -> Iterator[Row]:
    """Give the row, and below it rows for the rest of its last text."""
    first, *rest = textwrap.wrap(tables.plain(tables.shown(row[last])), room) or [""]
    yield {**{key: tables.shown(row[key]) for key in row}, last: first}
    yield from ({**dict.fromkeys(row, ""), last: line} for line in rest)


def _listed(row: Row, width: int) -> list[str]:
    """Give a row as lines: the cell with its metric, then every value, and the last text."""
    texts = {key: tables.plain(tables.shown(one)) for key, one in row.items()}
    known = {key: text for key, text in texts.items() if text != tables.MISSING}
    last = known.pop(list(row)[-1], "")
    head = " ".join(known.pop(key) for key in ("cell", "metric") if key in known)
    values = ", ".join(f"{key} {text}" for key, text in known.items())
    said = "; ".join(filter(None, (values, last)))
    return [
        *textwrap.wrap(head, width, subsequent_indent="  "),
        *textwrap.wrap(said, width, initial_indent="  ", subsequent_indent="  "),
    ]
