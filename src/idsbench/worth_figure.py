"""The figure on what the protocol is worth: one SVG without fonts, scripts or addresses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from idsbench.tables import plain
from idsbench.worth import label_series
from idsbench.worth_series import Range, Series, range_of

# Colours of Okabe and Ito, which readers with any colour vision tell apart; shapes differ too.
MARKS = (
    ("fpr", "FPR", "#0072B2", "circle"),
    ("fpr_real", "FPR on captured rows", "#D55E00", "square"),
    ("fpr_unseen", "FPR on unseen rows", "#009E73", "diamond"),
)
FOUND = ("tpr_at_fpr_1pct", "TPR at 1 % FPR", "#CC79A7", "circle")
LEFT, FPR_WIDTH, GAP, TPR_WIDTH, RIGHT = 120, 430, 50, 220, 30
WIDTH = LEFT + FPR_WIDTH + GAP + TPR_WIDTH + RIGHT
HEAD, ROW, FOOT = 64, 40, 34
NONE = "not known: see the page"
OFFSET = 11  # pixels between the marks of one protocol
SIZE = 4.5


def figure(series: Sequence[Series], title: str) -> str:
    """Draw each series as a panel: a row for each protocol, marks with bars over seeds.

    The same series always give the same bytes.
    """
    top = _nice(max((found.greatest for found in _all(series)), default=1.0))
    heights = [HEAD - 30 + len(one.steps) * ROW + FOOT for one in series]
    height = HEAD + sum(heights)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>{_text(title)}</title>",
        "<desc>Marks are means over seeds; bars reach from the least to the greatest seed.</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{_text(title)}</text>',
        *_key(),
    ]
    y = float(HEAD)
    for label, one, size in zip(label_series(series), series, heights, strict=True):
        parts += _panel(one, label, y, top)
        y += size
    return "\n".join([*parts, "</svg>"]) + "\n"


def _all(series: Sequence[Series]) -> Iterator[Range]:
    for one in series:
        for line in one.steps.values():
            for key, *_ in MARKS:
                if found := range_of(line, key):
                    yield found


def _nice(value: float) -> float:
    """Give the end of an axis: the least of 1, 2, 5 times a power of ten that holds the value."""
    if value <= 0:
        return 0.01
    power = 10.0 ** math.floor(math.log10(value))
    return min(1.0, next(step * power for step in (1, 2, 5, 10) if step * power >= value - 1e-12))


def _key() -> Iterator[str]:
    x = LEFT
    for _, text, colour, shape in MARKS:
        yield _mark(x + 5, 40, colour, shape)
        yield f'<text x="{x + 14}" y="44">{text}</text>'
        x += 150
    x = LEFT + FPR_WIDTH + GAP
    yield _mark(x + 5, 40, FOUND[2], FOUND[3])
    yield f'<text x="{x + 14}" y="44">{FOUND[1]}</text>'


def _panel(one: Series, label: str, y: float, top: float) -> Iterator[str]:
    yield f'<text x="{LEFT}" y="{y + 14:.0f}" font-weight="bold">{_text(label)}</text>'
    begin, end = y + 24, y + 24 + len(one.steps) * ROW
    right = LEFT + FPR_WIDTH + GAP
    yield from _axis(LEFT, FPR_WIDTH, top, (begin, end))
    yield from _axis(right, TPR_WIDTH, 1.0, (begin, end))
    for number, (protocol, line) in enumerate(one.steps.items()):
        middle = begin + (number + 0.5) * ROW
        yield f'<text x="{LEFT - 8}" y="{middle + 4:.1f}" text-anchor="end">{_text(protocol)}</text>'
        for place, (key, _, colour, shape) in enumerate(MARKS):
            spot = (LEFT, middle + (place - 1) * OFFSET)
            yield from _drawn(range_of(line, key), spot, FPR_WIDTH / top, (colour, shape))
        spot = (right, middle)
        found = range_of(line, FOUND[0])
        yield from _drawn(found, spot, TPR_WIDTH, (FOUND[2], FOUND[3]))
        if found is None:
            yield f'<text x="{right + 8}" y="{middle + 4:.1f}" fill="#555">{NONE}</text>'


def _axis(x: float, width: float, top: float, ends: tuple[float, float]) -> Iterator[str]:
    begin, end = ends
    for step in range(5):
        at = x + width * step / 4
        yield (
            f'<line x1="{at:.1f}" y1="{begin:.1f}" x2="{at:.1f}" y2="{end:.1f}" stroke="#ddd"/>'
            f'<text x="{at:.1f}" y="{end + 14:.1f}" text-anchor="middle" fill="#555">'
            f"{top * step / 4:.3g}</text>"
        )


def _drawn(
    found: Range | None, spot: tuple[float, float], scale: float, look: tuple[str, str]
) -> Iterator[str]:
    x, y = spot
    colour, shape = look
    if found is None:
        return
    low, high = x + found.least * scale, x + found.greatest * scale
    yield (
        f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" '
        f'stroke="{colour}" stroke-width="2"/>'
    )
    yield _mark(x + found.mean * scale, y, colour, shape)


def _mark(x: float, y: float, colour: str, shape: str) -> str:
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{SIZE}" fill="{colour}"/>'
    turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
    return (
        f'<rect x="{x - SIZE + 0.5:.1f}" y="{y - SIZE + 0.5:.1f}" width="{2 * SIZE - 1}" '
        f'height="{2 * SIZE - 1}" fill="{colour}"{turn}/>'
    )


def _text(text: str) -> str:
    return escape(plain(text))
