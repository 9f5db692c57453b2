"""A comparison as text: a table, JSON, CSV, Markdown for a pull request, JUnit XML for CI.

Texts of records come from strangers: they are made harmless for where they go.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

from idsbench import tables
from idsbench.compare_metrics import BY_KEY
from idsbench.compare_names import Names, names_in
from idsbench.compare_values import WORST_FIRST, Compared
from idsbench.errors import RequestError, nearest
from idsbench.tables_fitted import fitted, terminal_width

FORMATS = ("table", "json", "csv", "markdown", "junit")
Outcome = Literal["passed", "failure", "skipped"]
Case = tuple[str, str, Outcome, str]
_BAD = ("worse", "threshold moved")
MOST_NAMED = 5
# What XML 1.0 cannot hold; terminal codes are stripped before.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(compared: Sequence[Compared], fmt: str, everything: bool = False) -> str:
    """Render a comparison, worst first as it is given.

    Args:
        compared: the metrics.
        fmt: one of `FORMATS`.
        everything: show people what is the same, too; programs always get it.

    Raises:
        RequestError: the format is unknown.
    """
    if fmt not in FORMATS:
        raise RequestError([f"--format {tables.plain(fmt)} is unknown; {nearest(fmt, FORMATS)}"])
    if fmt == "junit":
        return junit("idsbench compare", [_case(one) for one in compared])
    if fmt in ("json", "csv"):
        return tables.render([as_row(one) for one in compared], fmt)
    names = names_in(compared)
    shown = [_short(one, names) for one in compared if everything or one.verdict != "same"]
    parts = [*heading(names, fmt), fitted(shown, fmt, terminal_width())] if shown else []
    parts += [counted(compared), *notes(compared, names, fmt)]
    return "\n\n".join(parts)


def as_row(one: Compared) -> dict[str, Any]:
    """Give one metric as a flat object; a change is relative, infinity and unknown are null."""
    tested = one.tested
    group = one.pair.head or one.pair.base
    row: dict[str, Any] = {
        "cell": one.pair.name,
        "identity": group.any["identity"] if group else None,
        "metric": one.metric or None,
        "verdict": one.verdict,
        "reason": said(one),
        "old": one.old,
        "new": one.new,
        "difference": None if one.old is None or one.new is None else one.new - one.old,
        "change": finite(tested.change) if tested else None,
        "change_low": finite(tested.low) if tested else None,
        "change_high": finite(tested.high) if tested else None,
        "would_notice": finite(tested.notice) if tested else None,
        "p_worse": tested.p_worse if tested else None,
        "test": tested.test if tested else None,
        "seeds_base": one.seeds[0],
        "seeds_head": one.seeds[1],
    }
    return row


def said(one: Compared) -> str:
    """Give the reason of a verdict with the note on its cell."""
    return "; ".join(filter(None, (one.reason, one.pair.note)))


def finite(value: float | None) -> float | None:
    """Give what JSON can hold."""
    return None if value is None or not math.isfinite(value) else value


def percent(value: float | None) -> str:
    """Show a relative change with its sign.

    >>> percent(0.4), percent(-0.021), percent(None), percent(1200.0)
    ('+40 %', '-2.1 %', '-', '> +100000 %')
    """
    if value is None:
        return tables.MISSING
    if value > 1000:
        return "> +100000 %"
    return f"{value * 100:+.{0 if abs(value) >= 0.1 or value == 0 else 1}f} %"


def counted(compared: Iterable[Compared]) -> str:
    """Count the verdicts in one line."""
    counts = Counter(one.verdict for one in compared)
    listed = [f"{counts[verdict]} {verdict}" for verdict in WORST_FIRST if counts[verdict]]
    return ", ".join(listed) or "nothing to compare"


def heading(names: Names, fmt: str) -> list[str]:
    """Give the line that says what all cells share, if there is one."""
    return [_escape(names.shared, fmt)] if names.shared else []


def notes(compared: Iterable[Compared], names: Names, fmt: str) -> list[str]:
    """Give what must be known of cells, each once; a note that several cells share, once for all."""
    cells: dict[str, dict[str, None]] = defaultdict(dict)
    for one in compared:
        if one.pair.note:
            cells[one.pair.note][names.of(one.pair.name)] = None
    found = [f"{_together(list(of))}: {note}" for note, of in cells.items()]
    return ["\n".join(f"- {_escape(text, fmt)}" for text in found)] if found else []


def _together(names: Sequence[str]) -> str:
    """Name some cells, and count very many.

    >>> _together(["a", "b"]), _together(list("abcdef"))
    ('a, b', '6 cells')
    """
    return ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} cells"


def _escape(text: str, fmt: str) -> str:
    return tables.markdown_text(text) if fmt == "markdown" else tables.plain(text)


def _short(one: Compared, names: Names) -> Mapping[str, Any]:
    tested = one.tested
    known = tested is not None and tested.low is not None
    interval = f"{percent(tested.low)} to {percent(tested.high)}" if tested and known else None
    return {
        "cell": names.of(one.pair.name),
        "metric": one.metric or None,
        "old": one.old,
        "new": one.new,
        "change": percent(tested.change if tested else None),
        "95 % interval": interval,
        "would notice": noticed(one),
        "verdict": one.verdict + (f": {one.reason}" if one.reason else ""),
    }


def noticed(one: Compared) -> str:
    """Say the smallest change that the comparison could have seen."""
    if one.tested is None:
        return tables.MISSING
    if one.tested.notice is None:
        return "no change"
    if one.tested.notice == 0:
        return "any change"
    falls = one.metric in BY_KEY and BY_KEY[one.metric].higher
    return f"{percent(-one.tested.notice if falls else one.tested.notice)} or more"


def _case(one: Compared) -> Case:
    text = f"{said(one) or one.verdict}; {tables.shown(one.old)} -> {tables.shown(one.new)}"
    outcome: Outcome = "passed"
    if one.verdict in _BAD:
        outcome = "failure"
    elif one.verdict == "not comparable":
        outcome, text = "skipped", said(one)
    return one.pair.name, one.metric or "cell", outcome, text


def junit(suite: str, cases: Sequence[Case]) -> str:
    """Give JUnit XML of cases: (class, name, outcome, message)."""
    lines = []
    for cell, name, outcome, message in cases:
        inner = "" if outcome == "passed" else f"<{outcome} message={_xml(message)}/>"
        lines.append(f"<testcase classname={_xml(cell)} name={_xml(name)}>{inner}</testcase>")
    counts = Counter(outcome for _, _, outcome, _ in cases)
    head = (
        f'<testsuite name={_xml(suite)} tests="{len(cases)}" failures="{counts["failure"]}" '
        f'skipped="{counts["skipped"]}" errors="0">'
    )
    start = '<?xml version="1.0" encoding="UTF-8"?>'
    return "\n".join([start, f"<testsuites>{head}", *lines, "</testsuite></testsuites>"])


def _xml(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", tables.plain(text)))
