"""A dataset's card: declarative TOML -> `values.Card` and how each layout's files are read.

A card in a plugin's package may name functions of that package. A card that a user names on the
command line may name a file, and no code.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path, PurePath

from idsbench.card_checks import check_columns
from idsbench.card_reading import Reading, own_reading, schema_of
from idsbench.card_table import CardTable, is_own
from idsbench.card_values import CANONICAL, Definition, LabelColumn, Schema
from idsbench.errors import RequestError, nearest
from idsbench.filenames import plain, with_packed
from idsbench.values import Card, FlowColumn, Layout

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
ADDRESS = re.compile(r"https://\S+\Z|kaggle:[\w.-]+/[\w.-]+\Z")
LARGEST = 4 << 20  # bytes; a card is a page or two


def packaged_card(package: str, name: str) -> Definition:
    """Read a card that is a file of an installed package.

    Args:
        package: the import name.
        name: the file in it, e.g. "cards/iot23.toml".

    Raises:
        RequestError: every mistake in it.
    """
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return parse(text, f"{package}/{name}", package=package)


def users_card(path: Path) -> Definition:
    """Read a card that a user named.

    Raises:
        RequestError: no such file, or every mistake in it.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise RequestError([f"{path}: is larger than 4 MB, so it is no card"])
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise RequestError([f"{path}: does not exist; check the path"]) from error
    except UnicodeDecodeError as error:
        raise RequestError([f"{path}: is not UTF-8, so it is no card"]) from error
    except OSError as error:
        raise RequestError([f"{path}: cannot be read ({error.strerror})"]) from error
    return parse(text, str(path), folder=path.resolve().parent)


def parse(text: str, where: str, *, package: str = "", folder: Path | None = None) -> Definition:
    """Turn a card's text into a definition.

    Args:
        text: TOML.
        where: how messages call the card.
        package: whose functions it may name; none when empty.
        folder: what a relative `file` is relative to; without it `file` is refused.

    Raises:
        RequestError: every mistake in it.
    """
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of too many digits
        raise RequestError([f"{where}: is not valid TOML: {error}"]) from error
    problems: list[str] = []
    top = CardTable("", content, problems)
    common = own_reading(top, package)
    layouts = _layouts(top, common, package)
    file = _file(top, folder)
    if layouts and file is None and not all(layout.slots for layout, _ in layouts):
        top.complain("a layout has neither files nor slots, and the card names no file")
    generator = _generator(top, package)
    card = _card(top, layouts, file, bool(generator))
    top.finish()
    schemas = {layout.name: schema for layout, schema in layouts}
    check_columns(card, schemas.values(), problems)
    if len(schemas) < len(layouts):
        problems.append("two layouts have the same name")
    if problems:
        raise RequestError([f"{where}: {problem}" for problem in dict.fromkeys(problems)])
    return Definition(card, schemas, generator, hashlib.sha256(text.encode()).hexdigest())


def _layouts(top: CardTable, common: Reading, package: str) -> list[tuple[Layout, Schema]]:
    out = []
    for table in top.tables("layouts"):
        reading: Reading = {**common, **own_reading(table, package)}
        slots, labels = _slots(table)
        layout = Layout(
            name=table.text("name", None),
            slots=slots,
            published_rows=table.whole("published_rows") or None,
            many=table.truth("many"),
            format=reading.get("format", "csv"),
            header=reading.get("header", "named") != "none",
            sha256=table.texts("sha256"),
        )
        out.append((layout, schema_of(table, layout.name, reading, labels)))
        table.finish()
    if not out:
        top.complain("there is no [[layouts]]: one says how the file is read")
    return out


def _slots(table: CardTable) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Give the patterns of each slot, and each slot's label where file names say the label."""
    one, many = table.texts("files"), table.raw("slots")
    if one:
        return (_patterns(one),), ()
    slots, labels = [], []
    for item in many if isinstance(many, list) else []:
        files = item.get("files") if isinstance(item, dict) else item
        if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
            table.complain("slots: each is a list of file names, or {files = […], label = …}")
            continue
        slots.append(_patterns(files))
        if isinstance(item, dict):
            labels.append(str(item.get("label", "")))
            if unknown := set(item) - {"files", "label"}:
                table.complain(f"slots: unknown key '{min(unknown)}': there are: files, label")
    if many is not None and not slots:
        table.complain("slots is not a list")
    if any(labels) and not (all(labels) and len(labels) == len(slots)):
        table.complain("slots: some have a label and some have none")
    return tuple(slots), tuple(labels) if all(labels) else ()


def _patterns(names: Iterable[str]) -> tuple[str, ...]:
    return with_packed("/".join(plain(part) for part in name.split("/")) for name in names)


def _file(top: CardTable, folder: Path | None) -> Path | None:
    named = top.text("file")
    if not named:
        return None
    if folder is None:
        top.complain("only a card that you name on the command line may name a file")
        return None
    if ".." in PurePath(named).parts:
        top.complain(f"file = '{named}' leaves its folder; write the whole path")
        return None
    return folder / named


def _generator(top: CardTable, package: str) -> str:
    named = top.text("generator")
    return named if not named or is_own(top, "generator", named, package) else ""


def _card(
    top: CardTable, layouts: list[tuple[Layout, Schema]], file: Path | None, generated: bool
) -> Card:
    name = top.text("name", None)
    if name and not NAME.match(name):
        top.complain(f"name = '{name}' is not lower-case words joined by hyphens")
    schemas = [schema for _, schema in layouts]
    finest = max((s.labels[-1] for s in schemas if s.labels), key=_fineness, default=None)
    group = next((s.group.name for s in schemas if s.group), "")
    rows = top.whole("standin_rows")
    return Card(
        name=name,
        title=top.text("title") or name,
        layouts=tuple(layout for layout, _ in layouts),
        row_unit=top.text("row_unit", None),
        benign=top.text("benign") or _benign(finest),
        ignore=_patterns(top.texts("ignore")),
        group=group,
        benign_rows_per_day=top.number("benign_rows_per_day"),
        standin_marks=tuple(mark.encode() for mark in top.texts("standin_marks")),
        standin_rows=0 if not generated else 20_000 if rows is None else rows,
        licence=top.text("licence"),
        citation=top.text("citation"),
        homepage=top.text("homepage"),
        known_issues=top.texts("known_issues"),
        identifiers=top.texts("identifiers"),
        endpoints=top.texts("endpoints"),
        timing=top.texts("timing"),
        ttl=top.texts("ttl"),
        sentinels=top.numbers("sentinels"),
        flow=_flow(top),
        attacks=finest.classes[1:] if finest else (),
        addresses=_addresses(top),
        published=_published(top, finest.classes if finest else ()),
        file=file,
    )


def _benign(label: LabelColumn | None) -> str:
    if label is None:
        return ""
    return f"{label.column or 'the name of the file'} is {label.classes[0]}"


def _fineness(label: LabelColumn) -> int:
    return len(label.classes)


def _addresses(top: CardTable) -> tuple[str, ...]:
    found = top.texts("addresses")
    for address in found:
        if not ADDRESS.match(address):
            top.complain(f"addresses: '{address}' is neither https://… nor kaggle:OWNER/NAME")
    return found


def _flow(top: CardTable) -> dict[str, FlowColumn]:
    table = top.table("flow")
    if table is None:
        return {}
    found = {}
    for name in table.content:
        if name not in CANONICAL:
            table.complain(f"unknown key '{name}': {nearest(name, CANONICAL)}")
            continue
        inner = table.table(name) if isinstance(table.content[name], dict) else None
        if inner is None:
            found[name] = FlowColumn(table.text(name))
            continue
        factor = inner.number("factor")
        found[name] = FlowColumn(inner.text("column", None), 1.0 if factor is None else factor)
        inner.finish()
    return found


def _published(top: CardTable, classes: tuple[str, ...]) -> Mapping[str, int]:
    table = top.table("counts")
    if table is None:
        return {}
    for name in table.content:
        if name not in classes:
            table.complain(f"unknown class '{name}': {nearest(name, classes)}")
    return {name: table.whole(name) or 0 for name in table.content}
