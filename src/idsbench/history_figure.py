"""A history as a figure: a panel for each cell, its steps and what people noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from idsbench import tables
from idsbench.compare_names import names_of
from idsbench.compare_text import percent
from idsbench.history import Series

WIDTH, HEIGHT, HEAD = 720, 150, 24
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 30, 30
LINE, STEP, NOTE, GREY = "#1f5fa8", "#c0392b", "#8a6d00", "#888888"
LONGEST = 28
"""Characters of a run's name below a panel."""

Spot = Callable[[int, float], tuple[float, float]]
Notes = Mapping[str, list[str]]


def figure(found: Sequence[Series], notes: Notes | None = None) -> str:
    """Draw each series in a panel of its own, steps and annotated runs marked, as SVG."""
    names = names_of(one.row for one in found if one.row)
    height = HEAD + HEIGHT * len(found)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        _label((LEFT, 16), names.shared, GREY),
    ]
    for place, one in enumerate(found):
        parts += _panel(one, names.of(one.cell), HEAD + place * HEIGHT, notes or {})
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(one: Series, name: str, top: float, notes: Notes) -> Iterator[str]:
    values = [point.value for point in one.points]
    least, most = min(values), max(values)
    spot = _scale(values, top)
    floor = top + HEIGHT - BOTTOM
    yield _label((LEFT, top + 16), f"{name}: {one.metric}")
    yield f'<line x1="{LEFT}" y1="{floor}" x2="{WIDTH - RIGHT}" y2="{floor}" stroke="{GREY}"/>'
    for value in dict.fromkeys((least, most)):
        yield _label((LEFT - 8, spot(0, value)[1] + 4), f"{value:.4g}", GREY, "end")
    yield _label((LEFT, floor + 16), _short(one.points[0].run), GREY)
    if len(values) > 1:
        yield _label((WIDTH - RIGHT, floor + 16), _short(one.points[-1].run), GREY, "end")
    yield from _marks(one, spot, (top, floor), notes)
    line = " ".join("{:.1f},{:.1f}".format(*spot(i, value)) for i, value in enumerate(values))
    yield f'<polyline fill="none" stroke="{LINE}" points="{line}"/>'
    steps = {step.after for step in one.steps}
    for index, point in enumerate(one.points):
        x, y = spot(index, point.value)
        told = "; ".join([f"{point.run}: {point.value:.4g}", *notes.get(point.run, [])])
        circle = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{STEP if index in steps else LINE}">'
        )
        yield f"{circle}<title>{_text(told)}</title></circle>"


def _marks(one: Series, spot: Spot, ends: tuple[float, float], notes: Notes) -> Iterator[str]:
    """Draw a line before the first run of a new level, and one through each annotated run."""
    top, floor = ends
    for step in one.steps:
        x = (spot(step.after - 1, 0.0)[0] + spot(step.after, 0.0)[0]) / 2
        yield (
            f'<line x1="{x:.1f}" y1="{top + TOP - 8}" x2="{x:.1f}" y2="{floor}" stroke="{STEP}" '
            'stroke-dasharray="4 3"/>'
        )
        yield _label((x + 4, top + TOP), percent(step.change), STEP)
    for index, point in enumerate(one.points):
        for text in notes.get(point.run, [])[:1]:
            x = spot(index, 0.0)[0]
            yield f'<path d="M{x:.1f} {floor} l-4 7 h8 z" fill="{NOTE}"/>'
            right = x > 2 * WIDTH / 3  # a text that begins there would leave the figure
            at = (x - 6 if right else x + 6, floor - 4)
            yield _label(at, _short(text), NOTE, "end" if right else "start")


def _scale(values: Sequence[float], top: float) -> Spot:
    least, most = min(values), max(values)
    wide = (WIDTH - LEFT - RIGHT) / max(len(values) - 1, 1)
    high = (HEIGHT - TOP - BOTTOM - 20) / ((most - least) or 1.0)

    def spot(index: int, value: float) -> tuple[float, float]:
        return LEFT + wide * index, top + HEIGHT - BOTTOM - 10 - high * (value - least)

    return spot


def _label(at: tuple[float, float], text: str, colour: str = "black", anchor: str = "start") -> str:
    place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {place}>{_text(text)}</text>"


def _short(text: str) -> str:
    said = tables.plain(text)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def _text(text: str) -> str:
    # What XML cannot hold has no place in a figure either.
    kept = "".join(one for one in tables.plain(text) if one not in "\ufffe\uffff")
    return escape(kept)
