"""Suites as TOML: a question, and the cells that answer it (docs/suites.md has the keys)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from idsbench.card_table import CardTable
from idsbench.errors import RequestError, nearest
from idsbench.tables import plain
from idsbench.untrusted import NotPlainFileError, content

SELECTIONS = ("datasets", "tasks", "protocols", "samplers", "featurizers", "models", "targets")
AXES = (*SELECTIONS, "seeds")
REQUIRED = ("datasets", "models")
TUNED = ("samplers", "featurizers", "models")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SEEDS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?\Z")
MOST_BYTES, MOST_DEPTH, MOST_BLOCKS, MOST_SEEDS = 1 << 16, 6, 50, 1000
MOST_DOTS = 100
LONGEST = 2000  # characters of one text

Parameters = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Block:
    """One block of cells, the product of its axes.

    Args:
        name: what the block is for.
        axes: axis -> selection as the command line writes it; an axis that is missing has the
            default of `idsbench run`.
    """

    name: str
    axes: Mapping[str, str]


@dataclass(frozen=True)
class Preset:
    """What a preset replaces.

    Args:
        axes: axes of every block.
        parameters: axis -> component -> parameter -> value; for selections that do not write it.
    """

    axes: Mapping[str, str]
    parameters: Parameters


@dataclass(frozen=True)
class Suite:
    """A set of cells and the question that they answer.

    Args:
        name: what `idsbench run` calls it.
        title: one line.
        question: what the cells answer.
        blocks: the cells.
        presets: by name.
        claims: published rows that it is compared with, as claim/row.
        ladder: protocols in the order of the page on what the protocol is worth.
        baselines: whether the baselines are run too.
    """

    name: str
    title: str
    question: str
    blocks: tuple[Block, ...]
    presets: Mapping[str, Preset]
    claims: tuple[str, ...]
    ladder: tuple[str, ...]
    baselines: bool


def read_suite(path: Path) -> Suite:
    """Read one file.

    Raises:
        RequestError: naming every mistake in it.
    """
    try:
        text = content(path, MOST_BYTES).decode("utf-8")
    except NotPlainFileError as error:
        raise RequestError(
            [f"{path}: a suite is a plain file of at most {MOST_BYTES:,} bytes"]
        ) from error
    except OSError as error:
        raise RequestError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise RequestError([f"{path}: is no text in UTF-8"]) from error
    return parse_suite(text, str(path))


def parse_suite(text: str, where: str) -> Suite:
    """Read the text of a suite; `where` is how messages call it.

    Raises:
        RequestError: naming every mistake in it.
    """
    # Python's reader takes quadratic time for a key of very many parts.
    if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
        raise RequestError([f"{where}: a line holds more than {MOST_DOTS} dots"])
    try:
        loaded = tomllib.loads(text)
        problems = list(dict.fromkeys(_hostile(loaded)))
    except (ValueError, RecursionError) as error:
        raise RequestError([f"{where}: is no TOML: {plain(str(error))[:200]}"]) from error
    if not problems:
        suite = _suite(CardTable("", loaded, problems))
    if problems:
        raise RequestError([f"{where}: {problem}" for problem in dict.fromkeys(problems)])
    return suite


def _hostile(loaded: Mapping[str, Any]) -> Iterator[str]:
    """Complain of what no suite has a use for, before any value of it is shown."""
    waiting: list[tuple[object, int]] = [(loaded, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            yield f"nested more than {MOST_DEPTH} levels deep"
            continue
        if isinstance(value, dict):
            waiting += [(one, depth) for one in value]
            waiting += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]
        elif isinstance(value, str):
            if len(value) > LONGEST:
                yield f"a text is longer than {LONGEST:,} characters"
            elif plain(value) != value and plain(_one_line(value)) != _one_line(value):
                yield f"'{plain(_one_line(value))[:40]}' holds control characters"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _suite(table: CardTable) -> Suite:
    name = table.text("name", None)
    if name and not NAME.match(name):
        table.complain(f"name = '{name}' is not lower-case words joined by hyphens")
    question = _one_line(table.text("question", None))
    if not question and "question" in table.content:
        table.complain("question is empty: say what the cells answer")
    title = table.text("title") or question
    common = _axes(table)
    blocks = _blocks(table, common)
    suite = Suite(
        name=name,
        title=_one_line(title),
        question=question,
        blocks=blocks,
        presets=_presets(table, blocks),
        claims=table.texts("claims"),
        ladder=table.texts("ladder"),
        baselines=table.truth("baselines"),
    )
    run = {name for block in blocks for name in names_in(block.axes.get("protocols", "clean"))}
    for step in suite.ladder:
        if blocks and not any(fnmatchcase(step, name) for name in run):
            table.complain(
                f"ladder: no block of cells has the protocol '{step}': {nearest(step, run)}"
            )
    table.finish()
    return suite


def _blocks(table: CardTable, common: Mapping[str, str]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for number, inner in enumerate(table.tables("cells"), start=1):
        name = _one_line(inner.text("name") or str(number))
        if name in [block.name for block in blocks]:
            inner.complain(f"a block with the name '{name}' is there already")
        axes = {**common, **_axes(inner)}
        inner.finish()
        for axis in REQUIRED:
            if axis not in inner.content and axis not in table.content:
                inner.complain(f"the key '{axis}' is missing here and above")
        blocks.append(Block(name, axes))
    if not blocks and "cells" not in table.content:
        table.complain("there is no block of cells; write [[cells]] with protocols and models")
    elif len(blocks) > MOST_BLOCKS:
        table.complain(f"has {len(blocks)} blocks of cells; at most {MOST_BLOCKS} are read")
    return tuple(blocks)


def _axes(table: CardTable) -> dict[str, str]:
    found = {axis: _selection(table, axis) for axis in SELECTIONS} | {"seeds": _seeds(table)}
    return {axis: text for axis, text in found.items() if text}


def _selection(table: CardTable, axis: str) -> str:
    """Give a list of selections as the one text that the command line takes."""
    value = table.raw(axis)
    items = [value] if isinstance(value, str) else value
    if value is None:
        return ""
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items) or not items:
        table.complain(f"{axis} is not a text, or a list of texts, each name[key=value,…]")
        return ""
    for item in items:
        if not item.strip():
            table.complain(f"{axis}: a text is empty")
        # A stranger's suite must not choose which files of this machine are opened.
        elif re.search(r"[/\\~]|\.\.|\.toml\b", item):
            table.complain(f"{axis}: '{item[:60]}' names a path; name files on the command line")
    return ", ".join(items)


def _seeds(table: CardTable) -> str:
    value = table.raw("seeds")
    if value is None:
        return ""
    items = value if isinstance(value, list) else [value]
    texts = [part.strip() for item in items for part in str(item).split(",")]
    ends = [SEEDS.match(text) for text in texts]
    if any(isinstance(item, bool) or not isinstance(item, int | str) for item in items) or not all(
        ends
    ):
        table.complain(f"seeds = '{str(value)[:40]}': write whole numbers or ranges, as \"0-4\"")
        return ""
    count = sum(int(end[2] or end[1]) - int(end[1]) + 1 for end in ends if end)
    if not texts or any(end and end[2] and int(end[2]) < int(end[1]) for end in ends):
        table.complain(f"seeds = '{str(value)[:40]}' holds no seed, or a range that runs backwards")
        return ""
    if count > MOST_SEEDS:
        table.complain(f"seeds: {count:,} of them; a suite has at most {MOST_SEEDS:,}")
        return ""
    return ",".join(texts)


def _presets(table: CardTable, blocks: tuple[Block, ...]) -> dict[str, Preset]:
    presets = {}
    outer = table.table("preset")
    for name in list(outer.content) if outer else []:
        inner = outer.table(name) if outer else None
        if inner is None:
            continue
        if not NAME.match(name):
            inner.complain("a preset's name is lower-case words joined by hyphens")
        parameters = {axis: _parameters(inner, axis, blocks) for axis in TUNED}
        axes = {"seeds": _seeds(inner), "targets": _selection(inner, "targets")}
        presets[name] = Preset({axis: text for axis, text in axes.items() if text}, parameters)
        inner.finish()
    return presets


def _parameters(
    table: CardTable, axis: str, blocks: tuple[Block, ...]
) -> dict[str, dict[str, str]]:
    """Give a preset's parameters by component; one that no block names would do nothing."""
    named = {name for block in blocks for name in names_in(block.axes.get(axis, ""))}
    found: dict[str, dict[str, str]] = {}
    outer = table.table(axis)
    for name in list(outer.content) if outer else []:
        inner = outer.table(name) if outer else None
        if outer is None or inner is None:
            continue
        if name not in named:
            outer.complain(f"no block of cells names '{name}': {nearest(name, named)}")
        found[name] = {key: _value(inner, key) for key in inner.content}
    return found


def names_in(selection: str) -> list[str]:
    """Give the bare names in a selection, those within chains too.

    >>> names_in("image[scale=log,size=8], select[k=8]+image")
    ['image', 'select', 'image']
    """
    bare = re.sub(r"\[[^\]]*\]?", "", selection)
    return [part.strip() for part in re.split(r"[,+]", bare) if part.strip()]


def _value(table: CardTable, key: str) -> str:
    value = table.raw(key)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and len(str(value)) <= 30:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[\w.:-]+", value) and ".." not in value:
        return value
    table.complain(f"{key} = '{str(value)[:40]}' is not the value of a parameter")
    return ""
