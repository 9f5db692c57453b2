"""The keys of a card that say how files are read; a layout's own replace those of the card."""

from __future__ import annotations

import re
from typing import Any

from idsbench.card_table import CardTable, is_own
from idsbench.card_values import KINDS, Group, LabelColumn, Misnamed, Schema, TimeColumn
from idsbench.errors import nearest
from idsbench.filenames import plain, with_packed
from idsbench.values import TASKS

Reading = dict[str, Any]
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
LISTS = ("columns", "drop", "optional", "missing", "filled", *KINDS[1:])
AS_THEY_ARE = (
    *("drop", "optional", "format", "header", "group", "time", "missing", "absent", "infinite"),
    *("filled", "function", "misnamed"),
)


def own_reading(table: CardTable, package: str) -> Reading:
    """Give the reading keys that this table has, parsed."""
    has, found = table.content, Reading()
    for key in LISTS:
        values = table.texts(key)
        if key in has:
            found[key] = values
    for key, allowed in (
        ("format", ("csv", "zeek", "parquet")),
        ("header", ("named", "loose", "none")),
        ("absent", ("zero", "drop")),
        ("infinite", ("error", "missing")),
    ):
        value = table.choice(key, allowed, allowed[0])
        if key in has:
            found[key] = value
    function = table.text("function")
    if function:
        found["function"] = _own_function(table, function, package)
    for key, read in (("labels", _labels), ("group", _group), ("time", _time)):
        inner = table.table(key)
        if inner is not None:
            found[key] = read(inner)
            inner.finish()
    misnamed = tuple(_misnamed(inner) for inner in table.tables("misnamed"))
    if misnamed:
        found["misnamed"] = misnamed
    return found


def schema_of(
    table: CardTable, layout: str, reading: Reading, slot_labels: tuple[str, ...]
) -> Schema:
    """Build a layout's schema from the card's and its own reading keys."""
    kinds: dict[str, str] = {}
    for kind in KINDS[1:]:
        for column in reading.get(kind, ()):
            if column in kinds:
                table.complain(f"the column '{column}' is both {kinds[column]} and {kind}")
            kinds[column] = kind
    labels = reading.get("labels", ())
    if not labels:
        table.complain("no [labels]: a layout needs the column and the classes of one task")
    if any(not label.column for label in labels) != bool(slot_labels):
        table.complain("a label without a column needs a label in every slot, and the reverse")
    for label in labels:
        unknown = [] if label.column else [s for s in slot_labels if s not in label.written]
        if unknown:
            hint = nearest(unknown[0], label.written)
            table.complain(f"slots: the label '{unknown[0]}' is in no class: {hint}")
    if reading.get("header") == "none" and not reading.get("columns"):
        table.complain('header = "none" needs columns')
    more = {key: reading[key] for key in AS_THEY_ARE if key in reading}
    columns = reading.get("columns", ())
    return Schema(layout, columns, labels, kinds=kinds, slot_labels=slot_labels, **more)


def _own_function(table: CardTable, named: str, package: str) -> str:
    return named if is_own(table, "function", named, package) else ""


def _labels(table: CardTable) -> tuple[LabelColumn, ...]:
    for name in table.content:
        if name not in TASKS:
            table.asked.add(name)
            table.complain(f"unknown task '{name}': {nearest(name, TASKS)}")
    found: list[LabelColumn] = []
    for task in TASKS:
        inner = table.table(task)
        if inner is not None:
            found.append(_label(inner, task, found[-1].classes if found else ()))
            inner.finish()
    return tuple(found)


def _label(table: CardTable, task: str, coarser: tuple[str, ...]) -> LabelColumn:
    classes = (table.text("benign", None), *table.texts("attacks"))
    if len(set(classes)) < 2:
        table.complain("attacks names no class besides the benign one")
    if task == "binary" and len(classes) != 2:
        table.complain(f"a binary task has one class of attacks, not {len(classes) - 1}")
    written = table.mapping("written")
    empty, parents = table.text("empty"), table.mapping("parents")
    named = [*written.values(), *parents, *([empty] if empty else [])]
    for name in dict.fromkeys(named):
        if name not in classes:
            table.complain(f"'{name}' is no class of this task: {nearest(name, classes)}")
    for name in dict.fromkeys(parents.values()):
        if name not in coarser:
            table.complain(f"'{name}' is no class of the coarser task: {nearest(name, coarser)}")
    itself = {name: name for name in classes if name not in written.values()}
    return LabelColumn(
        task, table.text("column"), classes, {**itself, **written}, empty=empty, parents=parents
    )


def _group(table: CardTable) -> Group:
    columns, file, path = table.texts("columns"), table.truth("file"), table.text("path")
    if path:
        try:
            if re.compile(path).groups != 1:
                table.complain("path has no parenthesis, or more than one")
        except (re.error, RecursionError) as error:
            table.complain(f"path is no regular expression: {error}")
    if not (columns or file or path):
        table.complain("a group needs columns, file = true or path")
    name = table.text("name") or " + ".join([*(["file"] if file or path else []), *columns])
    return Group(name, columns, file, path)


def _time(table: CardTable) -> TimeColumn:
    unit, form = table.choice("unit", UNITS, "s"), table.text("format")
    return TimeColumn(table.text("column", None), form, UNITS[unit])


def _misnamed(table: CardTable) -> Misnamed:
    files = with_packed(plain(name) for name in table.texts("files"))
    found = Misnamed(files, table.whole("rows") or 0, table.text("says", None))
    table.finish()
    return found
