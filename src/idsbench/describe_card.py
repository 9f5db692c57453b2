"""A proposal -> the text of its card, and the lines that say what was decided."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from idsbench.describe import Proposal

WIDTH = 98
ANYWHERE = ("-", "?")  # stands for nothing in text as well
UNSEEN = "benign"  # the class of rows whose label is empty, and of 0 in a column of 0 and 1


def card_name(stem: str, taken: Iterable[str]) -> str:
    """Make a card's name of a file's: lower-case words joined by hyphens, not that of a dataset.

    >>> card_name("My Flows 2024_v2", []), card_name("iotid20", ["iotid20"]), card_name("7", [])
    ('my-flows-2024-v2', 'my-iotid20', 'table-7')
    """
    words = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "table"
    name = words if words[0].isalpha() else f"table-{words}"
    return f"my-{name}" if name in set(taken) else name


def card_text(proposal: Proposal, name: str) -> str:
    """Write the card as TOML."""
    return "\n".join(_lines(proposal, name)) + "\n"


def summary(proposal: Proposal) -> Iterator[str]:
    """Say what was decided, a line each."""
    benign, *attacks = proposal.classes
    counts = proposal.classes
    shown = ", ".join(f"{text} {counts[text]:,}" for text in attacks[:6])
    more = f" and {len(attacks) - 6} more" if len(attacks) > 6 else ""
    width = _counted(len(proposal.columns) + 1, "column")
    yield f"{_counted(proposal.rows, 'row')}, {width}, one row is one {proposal.row_unit}"
    if proposal.looked_at < proposal.rows:
        yield f"looked at {proposal.looked_at:,} evenly spread rows; at the label in every row"
    yield f"label {proposal.label}: benign is {_said(benign)} ({counts[benign]:,}); {shown}{more}"
    kinds = [proposal.columns[column].kind for column in proposal.features]
    listed = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    yield f"features: {len(kinds)} ({listed})" if kinds else "features: none"
    for what, columns in (
        ("identifiers, no features", proposal.identifiers),
        ("endpoints, no features", proposal.endpoints),
        ("rows belong together by", proposal.groups),
    ):
        yield f"{what}: {', '.join(columns) or 'none'}"
    yield f"time: {_time_said(proposal)}"
    for column, why in proposal.left_out.items():
        yield f"left out: {column}, because {why}"
    if not kinds:
        yield "warning: no column is left to learn from: no model can be trained on this table"
    yield from (f"warning: {warning}" for warning in proposal.warnings)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _said(text: str) -> str:
    return f"'{text}'" if text else "the empty cell"


def _time_said(proposal: Proposal) -> str:
    if not proposal.time:
        return "none"
    form = proposal.columns[proposal.time].form
    return f"{proposal.time}, {form} since 1970" if form.isalpha() else f"{proposal.time}, {form}"


def _lines(proposal: Proposal, name: str) -> Iterator[str]:
    yield f"# Proposed by `idsbench data describe` from {proposal.looked_at:,} rows; correct what is wrong."
    yield f"name = {_text(name)}"
    yield f"title = {_text(proposal.file.name)}"
    yield f"file = {_text(str(proposal.file))}"
    yield f"row_unit = {_text(proposal.row_unit)}"
    yield from _list("known_issues", [f"{w[0].upper()}{w[1:]}." for w in proposal.warnings])
    yield ""
    yield from _list("columns", [*_in_file_order(proposal)])
    yield "# Never features by default; columns=endpoints and columns=all add them, and are flagged."
    yield from _list("identifiers", proposal.identifiers)
    yield from _list("endpoints", proposal.endpoints)
    for column, why in proposal.left_out.items():
        yield f"# {column}: {why}."
    yield from _list("drop", proposal.left_out)
    yield from _kinds(proposal)
    features = set(proposal.features)
    yield from _list("timing", [c for c in proposal.roles.timing if c in features])
    yield from _list("ttl", [c for c in proposal.roles.ttl if c in features])
    yield from _reading(proposal)
    yield ""
    yield from _labels(proposal)
    yield ""
    yield "[[layouts]]"
    yield f"name = {_text(proposal.schema.format)}"
    yield f"format = {_text(proposal.schema.format)}"
    if proposal.schema.header != "named":
        yield f"header = {_text(proposal.schema.header)}"


def _in_file_order(proposal: Proposal) -> Iterator[str]:
    yield from proposal.columns
    yield proposal.label


def _kinds(proposal: Proposal) -> Iterator[str]:
    columns = {c: what for c, what in proposal.columns.items() if c not in proposal.left_out}
    text = [
        c for c, what in columns.items() if what.kind in ("text", "time") and c != proposal.time
    ]
    if text:
        yield "# Text becomes its place among the sorted distinct texts."
    yield from _list("text", text)
    yield from _list("hex", [c for c, what in columns.items() if what.kind == "hex"])


def _reading(proposal: Proposal) -> Iterator[str]:
    used = {c: what for c, what in proposal.columns.items() if c not in proposal.left_out}
    tokens = {
        token
        for what in used.values()
        for token in what.missing
        if what.kind != "text" or token in ANYWHERE
    }
    if "" in proposal.classes:
        tokens |= set(ANYWHERE)
    yield from _list("missing", sorted(tokens))
    if any(what.infinite for what in used.values()):
        yield 'infinite = "missing"'
    if any(what.nulls or what.infinite for what in used.values()):
        yield '# An empty cell reads as 0; "drop" would drop its row.'
        yield 'absent = "zero"'
    if proposal.time:
        form = used[proposal.time].form
        key = "unit" if form.isalpha() else "format"
        yield f"time = {{ column = {_text(proposal.time)}, {key} = {_text(form)} }}"
    if proposal.groups:
        listed = ", ".join(_text(column) for column in proposal.groups)
        yield f"group = {{ columns = [{listed}] }}"


def _labels(proposal: Proposal) -> Iterator[str]:
    benign, *attacks = proposal.classes
    numbers = benign in ("0", "0.0") and len(attacks) == 1
    names: Mapping[str, str] = {"": UNSEEN}
    if numbers:
        names = {benign: UNSEEN, attacks[0]: "attack"}
    yield f"[labels.{'binary' if len(attacks) == 1 else 'category'}]"
    yield f"column = {_text(proposal.label)}"
    yield f"benign = {_text(names.get(benign, benign))}"
    yield from _list("attacks", [names.get(text, text) for text in attacks])
    if numbers:
        written = ", ".join(f"{_text(text)} = {_text(name)}" for text, name in names.items())
        yield f"written = {{ {written} }}"
    if not benign:
        yield f"empty = {_text(UNSEEN)}"


def _list(key: str, values: Iterable[str]) -> Iterator[str]:
    """Write a list of texts, wrapped; nothing where it is empty."""
    listed = [_text(value) for value in values]
    if not listed:
        return
    line = f"{key} = [{', '.join(listed)}]"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{key} = ["
    if key == "known_issues":
        yield from (f"    {value}," for value in listed)
    else:
        joined = ", ".join(value.replace(" ", "\0") for value in listed) + ","
        for row in textwrap.wrap(joined, WIDTH - 4, break_long_words=False, break_on_hyphens=False):
            yield "    " + row.replace("\0", " ")
    yield "]"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
