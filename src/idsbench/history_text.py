"""A history as text and as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from idsbench import tables
from idsbench.compare_metrics import BY_KEY
from idsbench.compare_text import percent
from idsbench.history import Series

BARS = "▁▂▃▄▅▆▇█"
WIDTH, HEIGHT, MARGIN = 720, 140, 30


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
    short = [
        {
            "cell": one.cell,
            "runs": len(one.points),
            "first": one.points[0].value,
            "last": one.points[-1].value,
            one.metric: bars([point.value for point in one.points]),
        }
        for one in found
    ]
    said = [*sentences(found), *(f"{run}: {text}" for run in notes for text in notes[run])]
    mark = tables.markdown_text if fmt == "markdown" else tables.plain
    return "\n".join(
        [tables.render(short, fmt), "", *(f"- {mark(text)}" for text in said)]
    ).rstrip()


def sentences(found: Sequence[Series]) -> list[str]:
    """Name each step with the runs that it lies between."""
    said = []
    for one in found:
        falls = BY_KEY[one.metric].higher
        what = "share of wrong rows by " if falls else ""
        for step in one.steps:
            before, after = one.points[step.after - 1].run, one.points[step.after].run
            said.append(
                f"{one.cell}: {one.metric} {what}{percent(step.change)} between {before} and {after}"
            )
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


def figure(found: Sequence[Series]) -> str:
    """Draw each series as a line of its own, steps marked, as SVG."""
    height = HEIGHT * len(found)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">'
    ]
    for place, one in enumerate(found):
        values = [point.value for point in one.points]
        spot = _scale(values, place * HEIGHT)
        parts.append(
            f'<text x="{MARGIN}" y="{place * HEIGHT + 16}">{_text(one.cell)}: {one.metric} '
            f"{min(values):.4g} to {max(values):.4g}</text>"
        )
        line = " ".join("{:.1f},{:.1f}".format(*spot(i, value)) for i, value in enumerate(values))
        parts.append(f'<polyline fill="none" stroke="#1f5fa8" points="{line}"/>')
        for index, point in enumerate(one.points):
            x, y = spot(index, point.value)
            colour = "#c0392b" if any(step.after == index for step in one.steps) else "#1f5fa8"
            label = f"{_text(point.run)}: {point.value:.4g}"
            circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">'
            parts.append(f"{circle}<title>{label}</title></circle>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _scale(values: Sequence[float], top: float) -> Any:
    least, most = min(values), max(values)
    wide = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    high = (HEIGHT - 60) / ((most - least) or 1.0)

    def spot(index: int, value: float) -> tuple[float, float]:
        return MARGIN + wide * index, top + HEIGHT - MARGIN - high * (value - least)

    return spot


def _text(text: str) -> str:
    return escape(tables.plain(text))
