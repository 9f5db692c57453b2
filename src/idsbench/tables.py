"""Rows as text: a terminal table, JSON, CSV, Markdown or LaTeX.

Cells may come from a stranger's results folder, so text is made harmless for where it goes:
terminal codes are stripped, a spreadsheet does not read it as a formula, markup stays text.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from idsbench.errors import RequestError, nearest

FORMATS = ("table", "json", "csv", "markdown", "latex")
MISSING = "-"

Row = Mapping[str, Any]

# Escape sequences with their arguments (colours, cursor, window title), then lone characters.
_TERMINAL_CODE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b."
)
_PLAIN_CELLS = frozenset((int, float, type(None)))
_FORMULA_STARTS = ("=", "+", "-", "@")
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
} | {mark: f"\\{mark}" for mark in "&%$#_{}"}


def render(rows: Sequence[Row], fmt: str) -> str:
    """Render rows as `fmt`, one of `FORMATS`, ending without a newline.

    Columns are the keys of all rows, in order of first appearance. A missing value is "-" for
    people, empty in CSV, null in JSON. Numbers keep their digits in JSON and CSV.

    Raises:
        RequestError: the format is unknown.

    >>> print(render([{"name": "dummy", "fpr": 0.5}, {"name": "a|b", "fpr": None}], "markdown"))
    | name   |   fpr |
    |--------|-------|
    | dummy  |   0.5 |
    | a\\|b   |     - |
    """
    check_format(fmt)
    if fmt == "json":
        # ASCII only: an escape sequence in a text reaches the terminal as harmless \\u001b.
        # One line per row: with an indent Python's encoder takes several times as long.
        return "[" + ",\n ".join(json.dumps(dict(row), allow_nan=False) for row in rows) + "]"
    if fmt == "csv":
        return _csv(rows)
    escape, style = _STYLES[fmt]
    return _grid(rows, escape, style)


def check_format(fmt: str) -> None:
    """Refuse an unknown format.

    Raises:
        RequestError: it is not one of `FORMATS`.
    """
    if fmt not in FORMATS:
        raise RequestError([f"--format {plain(fmt)} is unknown; {nearest(fmt, FORMATS)}"])


def plain(text: str) -> str:
    """Strip terminal codes and control characters; line breaks and tabs become blanks.

    Characters that reorder text on screen go too. What remains is one line.

    >>> plain("a\\x1b[31mb\\x1b[0m\\nc\\u202e")
    'ab c'
    """
    if text.isprintable():  # nearly all text is, and a leaderboard has many cells
        return text
    spaced = re.sub(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+", " ", _TERMINAL_CODE.sub("", text))
    return "".join(one for one in spaced if unicodedata.category(one) not in ("Cc", "Cf", "Cs"))


def markdown_text(text: str) -> str:
    """Make text that Markdown shows as it is, inside a table too.

    >>> markdown_text("a|b <i> *c*")
    'a\\\\|b &lt;i> \\\\*c\\\\*'
    """
    marked = re.sub(r"([\\|*`])", r"\\\1", plain(text))
    # A link needs the bracket pair; alone, brackets of specs and intervals stay readable.
    return marked.replace("<", "&lt;").replace("](", "]\\(")


def latex_text(text: str) -> str:
    """Make text that LaTeX shows as it is.

    >>> print(latex_text("a_b & 5%"))
    a\\_b \\& 5\\%
    """
    return "".join(_LATEX.get(one, one) for one in plain(text))


def shown(value: Any) -> str:
    """Give a cell's text for people: 4 significant digits, lists joined, None as "-".

    >>> [shown(one) for one in (0.123456, 12345, None, ["a", "b"], True, 1234567.0)]
    ['0.1235', '12345', '-', 'a, b', 'yes', '1234567']
    """
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, sort_keys=True)
    return str(value)


def _columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = _columns(rows)
    if columns:
        writer.writerow([_unformula(key) for key in columns])
    for row in rows:
        cells = [row.get(key) for key in columns]
        # What the writer gives in full itself does not need a call for each of very many cells.
        writer.writerow([one if type(one) in _PLAIN_CELLS else _csv_text(one) for one in cells])
    return out.getvalue().removesuffix("\n")


def _csv_text(value: Any) -> str:
    if isinstance(value, str):
        return _unformula(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if _is_number(value) else _unformula(_text(value))


def _unformula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run."""
    if text.isascii() and text.isprintable() and not text.startswith((" ", *_FORMULA_STARTS)):
        return text  # nearly all text is like this
    cleaned = plain(text)
    # Some spreadsheets read the full-width forms too; NFKC maps them to the plain ones.
    start = unicodedata.normalize("NFKC", cleaned).lstrip()
    risky = text.startswith(("\t", "\r")) or start.startswith(_FORMULA_STARTS)
    return f"'{cleaned}" if risky else cleaned


def _grid(rows: Sequence[Row], escape: Callable[[str], str], style: str) -> str:
    import tabulate

    columns = _columns(rows)
    if not columns:
        return escape("(nothing to show)")
    cells = [[escape(shown(row.get(key))) for key in columns] for row in rows]
    align = [
        "right" if all(_is_number(row.get(key)) or row.get(key) is None for row in rows) else "left"
        for key in columns
    ]
    headers = [escape(key) for key in columns]
    text: str = tabulate.tabulate(
        cells, headers, tablefmt=style, colalign=align, disable_numparse=True
    )
    return "\n".join(line.rstrip() for line in text.split("\n"))


_STYLES: Mapping[str, tuple[Callable[[str], str], str]] = {
    "table": (plain, "simple"),
    "markdown": (markdown_text, "github"),
    "latex": (latex_text, "latex_raw"),
}
