"""Wide tables on a narrow terminal: cells folded at words, columns continued below, lines wrapped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from idsbench import tables
from idsbench.tables_fitted import UNLIMITED

Row = Mapping[str, Any]
GAP = 2
"""Blanks between columns; a header has as many to its right."""
LEAST = 8
LONGEST_WORD = 28
"""Columns that a word may claim; a longer one is broken."""
_WORDS = re.compile(r".+?(?:[\[+,;|](?=\S)|\s+|$)")
_PARTS = re.compile(r".+?(?:[\[+,;|](?=\S)|-(?=[^\W\d])|\s+|$)")


def folded(rows: Sequence[Row], fmt: str, width: int, names: bool = False) -> str:
    """Render rows; where the table is too wide, its texts are folded, the widest first.

    Where that does not help, each row becomes a paragraph. Numbers are never cut; with `names`,
    names are folded at their hyphens too.

    >>> print(folded([{"name": "cnn", "summary": "a small network", "n": 2}], "table", 22))
    name    summary    n
    ------  ---------  ---
    cnn     a small    2
            network
    """
    text = tables.render(rows, fmt)
    if not rows or not too_wide(text, fmt, width):
        return text
    cells = _texts(rows)
    foldable = [
        key for key in cells[0] if not any(isinstance(row.get(key), (int, float)) for row in rows)
    ]
    pieces = _PARTS if names else _WORDS
    found = _room(cells, foldable, width, pieces)
    if found is None:
        return "\n".join(line for row in cells for line in _paragraph(row, width))
    return tables.render([line for row in cells for line in _lines(row, found, pieces)], fmt)


def blocks(
    rows: Sequence[Row], keys: Sequence[str], foldable: Collection[str], width: int
) -> str | None:
    """Render rows as tables one below the other, none wider than `width`; None where none can be.

    Args:
        rows: all with the same columns.
        keys: the columns that tell the rows apart; as many of them as that takes, at
            least two, stand in every table. A row that
            has nothing to say in a table below the first is left out there.
        foldable: the columns whose cells may be folded; the others are not touched.
        width: columns of the terminal.
    """
    cells = _texts(rows)
    rest = [key for key in cells[0] if key not in keys]
    parts: list[list[str]] = []
    lead, again = list(keys), _telling(cells, keys)
    while rest or not parts:
        count = _fitting(cells, lead, rest, (foldable, width))
        if rest and not count:
            return None
        parts.append([*lead, *rest[:count]])
        rest, lead = rest[count:], list(again)
    first, *more = [_only(cells, part) for part in parts]
    said = [[row for row in one if any([*row.values()][len(again) :])] for one in more]
    return "\n\n".join(_block(one, foldable, width) for one in (first, *filter(None, said)))


def too_wide(text: str, fmt: str, width: int) -> bool:
    """Whether a table for people does not fit the terminal; other formats are never folded."""
    return fmt == "table" and width < UNLIMITED and max(map(len, text.splitlines())) > width


def wrapped_lines(lines: Iterable[str], width: int) -> str:
    """Wrap the lines that are too long, and join all; what is indented stays indented."""
    parts = ((line.lstrip(" "), len(line) - len(line.lstrip(" "))) for line in lines)
    return "\n".join(wrapped(text, width, " " * indent) for text, indent in parts)


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Wrap a line at words; what goes on below stands two columns further right.

    >>> print(wrapped("AUC: area under the ROC curve", 20, "  "))
      AUC: area under
        the ROC curve
    """
    if width >= UNLIMITED or len(indent) + len(text) <= width:
        return indent + text
    words = {"break_on_hyphens": False, "break_long_words": False}
    return "\n".join(
        textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ", **words)  # type: ignore[arg-type]
    )


def _texts(rows: Sequence[Row]) -> list[dict[str, str]]:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return [{key: tables.plain(tables.shown(row.get(key))) for key in keys} for row in rows]


def _telling(cells: Sequence[Mapping[str, str]], keys: Sequence[str]) -> Sequence[str]:
    """Give the first keys, two at least, that tell the rows apart; all where none do."""
    for count in range(2, len(keys)):
        if len({tuple(row[key] for key in keys[:count]) for row in cells}) == len(cells):
            return keys[:count]
    return keys


def _fitting(
    cells: Sequence[Mapping[str, str]],
    lead: Sequence[str],
    rest: Sequence[str],
    limits: tuple[Collection[str], int],
) -> int:
    """Give how many of `rest` fit beside `lead`: two with folding, more only without.

    Where the lead takes half of the width, it is folded for any number.
    """
    foldable, width = limits
    crowded = _total(_width(cells, key) for key in lead) > width // 2
    for count in range(len(rest), -1, -1):
        part = [*lead, *rest[:count]]
        if _total([_width(cells, key) for key in part]) <= width:
            return count
        if (crowded or count <= 2) and _room(
            _only(cells, part), foldable, width, _PARTS
        ) is not None:
            return count
    return 0


def _block(cells: Sequence[Mapping[str, str]], foldable: Collection[str], width: int) -> str:
    room = _room(cells, foldable, width, _PARTS) or {}
    return tables.render([line for row in cells for line in _lines(row, room, _PARTS)], "table")


def _only(cells: Sequence[Mapping[str, str]], keys: Sequence[str]) -> list[dict[str, str]]:
    return [{key: row[key] for key in keys} for row in cells]


def _room(
    cells: Sequence[Mapping[str, str]],
    foldable: Collection[str],
    width: int,
    pieces: re.Pattern[str],
) -> dict[str, int] | None:
    """Give each foldable column its width, the widest cut down to one level; None: too narrow."""
    whole = {key: _width(cells, key) for key in cells[0]}
    least = {key: _least(cells, key, pieces) if key in foldable else whole[key] for key in whole}
    for level in range(max(whole.values()), 0, -1):
        found = {key: min(whole[key], max(level, least[key])) for key in whole}
        if _total(found.values()) <= width:
            return {key: found[key] for key in whole if key in foldable}
    return None


def _total(widths: Iterable[int]) -> int:
    widths = list(widths)
    return sum(widths) + GAP * (len(widths) - 1)


def _width(cells: Sequence[Mapping[str, str]], key: str) -> int:
    return max(len(key) + GAP, *(len(row[key]) for row in cells))


def _least(cells: Sequence[Mapping[str, str]], key: str, pieces: re.Pattern[str]) -> int:
    words = (len(one.rstrip()) for row in cells for one in pieces.findall(row[key]))
    return max(len(key) + GAP, LEAST, min(LONGEST_WORD, max(words, default=0)))


def _lines(
    row: Mapping[str, str], room: Mapping[str, int], pieces: re.Pattern[str]
) -> Iterator[dict[str, str]]:
    """Give the row, and below it rows for the rest of its texts."""
    parts = {
        key: _fold(text, room[key], pieces) if key in room else [text] for key, text in row.items()
    }
    for line in range(max(map(len, parts.values()))):
        yield {key: one[line] if line < len(one) else "" for key, one in parts.items()}


def _fold(text: str, room: int, pieces: re.Pattern[str]) -> list[str]:
    """Break a text at blanks, and inside a spec where a part of it ends.

    >>> _fold("edge-onnx[precision=int8]", 16, _WORDS)
    ['edge-onnx[', 'precision=int8]']
    """
    lines = [""]
    for piece in pieces.findall(text):
        if len(lines[-1]) + len(piece.rstrip()) > room and lines[-1]:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1].rstrip()) > room:
            lines[-1:] = [lines[-1][:room], lines[-1][room:]]
    return [line.strip() for line in lines]


def _paragraph(row: Mapping[str, str], width: int) -> list[str]:
    """Give a row as lines: its first cell, and below it all others that say something."""
    (_, head), *others = row.items()
    said = "; ".join(f"{key} {text}" for key, text in others if text not in ("", tables.MISSING))
    lines = [wrapped(head, width)]
    return [*lines, wrapped(said, width, "  ")] if said else lines
