"""A history as text: a line of bars for each cell, its steps, and what people noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idsbench import tables
from idsbench.compare_metrics import BY_KEY
from idsbench.compare_names import Names, names_of
from idsbench.compare_text import heading, percent
from idsbench.history import Series
from idsbench.tables_fitted import fitted, terminal_width

BARS = "▁▂▃▄▅▆▇█"


def rows(found: Sequence[Series], notes: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Give one row for each point; `step` is the relative change of level that begins there."""
    listed = []
    for one in found:
        at = {step.after: step for step in one.steps}
        for index, point in enumerate(one.points):
            step = at.get(index)
            listed.append(
                {
                    "cell": one.cell,
                    "metric": one.metric,
                    "run": point.run,
                    "value": point.value,
                    "seeds": point.seeds,
                    "step": step.change if step else None,
                    "p": step.p if step else None,
                    "notes": notes.get(point.run, []),
                }
            )
    return listed


def render(found: Sequence[Series], notes: Mapping[str, list[str]], fmt: str) -> str:
    """Render series: programs get every point, people a line of bars and the steps."""
    if fmt in ("json", "csv"):
        return tables.render(rows(found, notes), fmt)
    names = names_of(one.row for one in found if one.row)
    short = [
        {
            "cell": names.of(one.cell),
            "runs": len(one.points),
            "first": one.points[0].value,
            "last": one.points[-1].value,
            one.metric: bars([point.value for point in one.points]),
        }
        for one in found
    ]
    said = [*sentences(found, names), *(f"{run}: {text}" for run in notes for text in notes[run])]
    mark = tables.markdown_text if fmt == "markdown" else tables.plain
    listed = "\n".join(f"- {mark(text)}" for text in said)
    table = fitted(short, fmt, terminal_width())
    return "\n\n".join([*heading(names, fmt), table, listed])


def sentences(found: Sequence[Series], names: Names) -> list[str]:
    """Name each step with the runs that it lies between."""
    said = []
    for one in found:
        falls = BY_KEY[one.metric].higher
        what = "share of wrong rows by " if falls else ""
        for step in one.steps:
            before, after = one.points[step.after - 1].run, one.points[step.after].run
            change = f"{one.metric} {what}{percent(step.change)}"
            said.append(f"{names.of(one.cell)}: {change} between {before} and {after}")
    return said or ["no step"]


def bars(values: Sequence[float]) -> str:
    """Draw values as bars between their least and their largest.

    >>> bars([1.0, 2.0, 3.0]), bars([1.0, 1.0])
    ('▁▅█', '▁▁')
    """
    least, most = min(values), max(values)
    if most == least:
        return BARS[0] * len(values)
    scale = (len(BARS) - 1) / (most - least)
    return "".join(BARS[round((value - least) * scale + 1e-9)] for value in values)
