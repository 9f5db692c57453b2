"""The leaderboard: records as ranked tables for people, or as row objects for programs.

Pure functions of records: no plugin, no clock, no machine is asked, so that the same records give
the same text everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain

from idsbench import cost_columns, tables
from idsbench.flags import EDITED, FLAGS
from idsbench.judgement import Judgement
from idsbench.leaderboard_columns import SPECS, Column, grid, legend
from idsbench.ranking import Group, Line, Row, counts, rank, rows
from idsbench.tables_fitted import UNLIMITED, terminal_width
from idsbench.tables_folded import blocks, folded, too_wide, wrapped_lines
from idsbench.untrusted import uncollected
from idsbench.where import select

__all__ = ["markdown", "on_terminal", "rank", "render", "rows"]

STAND_IN = "STAND-IN DATA (generated): ranks and scores below say nothing about real detectors."
EMPTY = "no records"
ASKED_NOTHING = Judgement()
FIRST = ("TPR@1%FPR", "FPR [range]")
"""The rates that lines are chosen by: on a narrow terminal they stand beside the names."""


def render(
    records: Iterable[Row],
    fmt: str = "table",
    sort: str | None = None,
    where: str | None = None,
    asked: Judgement = ASKED_NOTHING,
) -> str:
    """Render records as `fmt`, one of `tables.FORMATS`.

    JSON and CSV have one row object per record, best first, then what is not ranked. The other
    formats show a table per group, with seeds merged, and below it every record that is not
    ranked, with its reason.

    Args:
        records: dicts with the keys of a row.
        fmt: the format.
        sort: a key to rank by instead of TPR at 1 % FPR, then AUC.
        where: a filter, `key=value,key=value`.
        asked: budgets, front and board, each of which adds a column or keys; and cost, a table
            of its own for people, which groups with a deployed model have anyway.

    Raises:
        RequestError: format, sort or filter is wrong.
    """
    tables.check_format(fmt)
    with uncollected():
        groups = rank(select(rows(records), where), sort)
        if fmt in ("json", "csv"):
            return tables.render(list(_marked(groups, asked)), fmt)
        return _document(groups, fmt, asked)


def on_terminal(
    records: Iterable[Row],
    fmt: str = "table",
    sort: str | None = None,
    where: str | None = None,
    asked: Judgement = ASKED_NOTHING,
) -> str:
    """Render as `render` does, but a table for people no wider than the terminal it goes to.

    Raises:
        RequestError: format, sort or filter is wrong.
    """
    width = terminal_width()
    if fmt != "table" or width >= UNLIMITED:
        return render(records, fmt, sort, where, asked)
    with uncollected():
        return _document(rank(select(rows(records), where), sort), fmt, asked, width)


def markdown(records: Iterable[Row]) -> str:
    """Give the text of LEADERBOARD.md; the same records always give the same bytes."""
    return f"# Leaderboard\n\n{render(records, 'markdown')}\n"


def _marked(groups: Sequence[Group], asked: Judgement) -> Iterable[Row]:
    """Give all row objects, best first within their group, with what was asked of each."""
    for group in groups:
        # A line that is not ranked was not measured to the end: it is on no front.
        marks = asked.marks(group.ranked) | replace(asked, pareto=False).marks(group.unranked)
        for line in (*group.ranked, *group.unranked):
            for row in line.rows:
                more = {"pareto": None} | marks[id(row)] if asked.pareto else marks[id(row)]
                yield {**row, **more} if more else row


def _document(groups: Sequence[Group], fmt: str, asked: Judgement, width: int = UNLIMITED) -> str:
    """Join the groups' parts, and explain the columns and flags that occur."""
    heading, escape = _WRITERS[fmt]
    if not groups:
        return escape(EMPTY)
    parts: list[str] = []
    headers: set[str] = set()
    more: list[Column] = []
    for group in groups:
        parts.append(heading(_title(group)))
        if group.variant == "stand-in":
            parts.append(_loud(STAND_IN, fmt))
        if group.ranked:
            more = asked.columns(group.ranked)
            found = grid(group.ranked, more)
            headers.update(chain.from_iterable(found.rows))
            parts.extend(escape(note) for note in [*found.notes, *_notes(group)])
            first = [*FIRST, *(one.header for one in more)]
            parts.append(_table(found.rows, fmt, width, first))
            if asked.cost or cost_columns.deployed(group.ranked):
                costs = cost_columns.cost_grid(group.ranked)
                headers.update(chain.from_iterable(costs.rows))
                parts.extend(escape(note) for note in [f"{cost_columns.TITLE}:", *costs.notes])
                parts.append(_table(costs.rows, fmt, width, ()))
        parts.extend(_list([*_not_ranked(group)], fmt))
    explained = [*legend(headers, [*cost_columns.COLUMNS, *more]), *_flag_sentences(groups)]
    if explained:
        parts += [heading("How to read this"), *_list(explained, fmt)]
    return wrapped_lines("\n\n".join(parts).split("\n"), width)


def _table(found: Sequence[Row], fmt: str, width: int, scores: Sequence[str]) -> str:
    """Render a grid; where it is too wide, the lines' names and `scores`, and the rest below."""
    text = tables.render(found, fmt)
    if not too_wide(text, fmt, width):
        return text
    specs = [name for name in SPECS if name in found[0]]
    keys = ["#", *(name for name in specs if name != "featurizer")]
    first = [*keys, *scores, *found[0]]
    order = [name for name in dict.fromkeys(first) if name in found[0]]
    ordered = [{name: row[name] for name in order} for row in found]
    return blocks(ordered, keys, {*specs, "flags"}, width) or folded(found, fmt, width)


def _title(group: Group) -> str:
    unit = f"one row = one {group.row_unit}" if group.row_unit else ""
    names = (group.dataset, group.variant, group.task, group.protocol, unit)
    return " / ".join(name for name in names if name)


def _notes(group: Group) -> list[str]:
    """Say what keeps lines of one group from being compared in full."""
    members = [row for line in group.ranked for row in line.rows]
    notes = []
    covered = {row["coverage"] for row in members if row["coverage"] is not None}
    if group.variant == "excerpt" and covered:
        shares = ", ".join(f"{share:.2%}" for share in sorted(covered))
        notes.append(f"Excerpt: {shares} of the published rows.")
    files = {str(row["origin_sha256"]) for row in members if row["origin_sha256"]}
    if len(files) > 1:
        notes.append(
            f"These lines come from {len(files)} different files; "
            "compare within one: --where origin_sha256=..."
        )
    machines = {str(row["machine"]) for row in members if row["machine"]}
    if len(machines) > 1:
        notes.append(
            f"Latency, memory and energy come from {len(machines)} machines; "
            "compare them within one: --where machine=..."
        )
    return notes


def _not_ranked(group: Group) -> Iterable[str]:
    """Name each line that is not ranked, and why, seed by seed."""
    for line in group.unranked:
        good = sum(counts(row) for row in line.rows)
        if good:
            what = "folds and seeds" if line.folds else "seeds"
            yield f"incomplete: {_who(line)}: {good} of {len(line.rows)} {what} ok"
        for row in line.rows:
            if not counts(row):
                status, reason = _why_not(row)
                fold = f", {row['fold']}" if row.get("fold") else ""
                yield f"{status}: {_who(line)}, seed {row['seed']}{fold}: {reason}"


def _why_not(row: Row) -> tuple[str, str]:
    if row["status"] == "ok":
        return (
            EDITED,
            "the record was changed after its run wrote it: delete it and run the cell again",
        )
    return row["status"], row["reason"] or "no reason recorded"


def _who(line: Line) -> str:
    names = ("model", "sampler", "featurizer", "target")
    return ", ".join(line.text(name) for name in names if line.text(name))


def _flag_sentences(groups: Sequence[Group]) -> list[str]:
    """Explain the flags of ranked lines. A flag outside the vocabulary is shown, and said so."""
    raised = {
        flag
        for group in groups
        for line in group.ranked
        for row in line.rows
        for flag in row["flags"]
    }
    return [f"{flag}: {FLAGS.get(flag, 'not in the vocabulary.')}" for flag in sorted(raised)]


def _list(items: Sequence[str], fmt: str) -> list[str]:
    """Give a list as one part, or none."""
    escape = _WRITERS[fmt][1]
    if not items:
        return []
    if fmt == "latex":
        body = "\n".join(f"\\item {escape(item)}" for item in items)
        return [f"\\begin{{itemize}}\n{body}\n\\end{{itemize}}"]
    mark = "- " if fmt == "markdown" else "  "
    return ["\n".join(f"{mark}{escape(item)}" for item in items)]


def _loud(text: str, fmt: str) -> str:
    if fmt == "table":
        return text
    return f"**{text}**" if fmt == "markdown" else f"\\textbf{{{tables.latex_text(text)}}}"


_WRITERS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "table": (lambda text: f"== {tables.plain(text)} ==", tables.plain),
    "markdown": (lambda text: f"## {tables.markdown_text(text)}", tables.markdown_text),
    "latex": (lambda text: f"\\section*{{{tables.latex_text(text)}}}", tables.latex_text),
}
