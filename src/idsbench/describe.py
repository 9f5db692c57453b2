"""An unknown labelled table -> what its card would say, by looking at its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from idsbench.audit_roles import Roles, roles_of
from idsbench.card_checks import near
from idsbench.card_values import Schema
from idsbench.describe_columns import FEW, TOKENS, Column, judge
from idsbench.errors import DataError, RequestError, nearest
from idsbench.reading_any import columns_of, map_rows
from idsbench.reading_source import Form, open_source, unpacked

BENIGN = ("benign", "normal", "legitimate", "background", "0", "0.0", "false", "f", "no", "clean")
SAYS_LABEL = re.compile(r"label|class|attack|categ|target|malicious|anomal|threat", re.I)
NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
COMMAS = r"^ *[-+]?[0-9]+(,[0-9]+)?([eE][-+]?[0-9]+)?$"
MOST_CLASSES = 100
MOST_ROWS = 400_000  # of which every cell is looked at; of more rows, evenly spread ones


@dataclass(frozen=True)
class _Seen:
    """A table: `frame` holds its rows, or some of them evenly spread; `labels` counts all."""

    schema: Schema
    rows: int
    labels: Mapping[str, int]
    frame: pl.DataFrame


@dataclass(frozen=True)
class Proposal:
    """What a card would say.

    Args:
        file: the table, absolute.
        schema: its format and where its columns are named; nothing else yet.
        rows: how many there are.
        looked_at: of how many of them every cell was looked at; of all of them the label.
        label: the column of labels.
        classes: text in it -> rows, the benign one first; the empty text is an empty cell.
        columns: name -> what it is, in file order; without the label.
        identifiers, endpoints: columns that are no features by default.
        time: the column of a row's time; empty where there is none.
        groups: columns that are equal in rows that belong together.
        left_out: column -> why it is dropped.
        roles: what names say of the columns.
        row_unit: packet, flow or row.
        warnings: sentences for the reader.
    """

    file: Path
    schema: Schema
    rows: int
    looked_at: int
    label: str
    classes: Mapping[str, int]
    columns: Mapping[str, Column]
    identifiers: tuple[str, ...]
    endpoints: tuple[str, ...]
    time: str
    groups: tuple[str, ...]
    left_out: Mapping[str, str]
    roles: Roles
    row_unit: str
    warnings: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that a model learns from by default."""
        never = {*self.identifiers, *self.endpoints, *self.left_out}
        return tuple(name for name in self.columns if name not in never)


def describe(file: Path, label: str, benign: str | None = None) -> Proposal:
    """Look at the cells of a table and propose its card.

    The label is read in every row, the other columns in at most `MOST_ROWS` rows.

    Args:
        file: CSV (plain, .gz or .zip), Parquet or a Zeek log.
        label: the column that says the class.
        benign: which of its values is benign; found by its name where this is None.

    Raises:
        DataError: the file cannot be read.
        RequestError: no such column, or its values are no labels.
    """
    seen = _read(file, label)
    frame, labels = seen.frame, _plain(seen.frame.get_column(label))
    classes = _classes(f"{file}: the column '{label}'", dict(seen.labels), benign)
    columns = {name: judge(frame.get_column(name)) for name in frame.columns if name != label}
    left_out = {n: why for n, c in columns.items() if (why := _why_left_out(n, c, frame, labels))}
    roles = roles_of(None, [name for name in columns if name not in left_out])
    kept = {name: column for name, column in columns.items() if name not in left_out}
    identifiers, endpoints = _hidden(kept, roles)
    groups = _groups(identifiers, endpoints, kept, frame.height)
    return Proposal(
        file=file.resolve(),
        schema=seen.schema,
        rows=seen.rows,
        looked_at=frame.height,
        label=label,
        classes=classes,
        columns=columns,
        identifiers=identifiers,
        endpoints=endpoints,
        time=_time_of(kept, roles),
        groups=groups,
        left_out=left_out,
        roles=roles,
        row_unit=_row_unit(frame.columns),
        warnings=(*_commas(frame, kept), *_warnings(frame.height, classes, kept, groups)),
    )


def _read(file: Path, label: str) -> _Seen:
    """Read all columns as text, in file order; of a large table only some rows are held."""
    path = file.resolve()
    schema = _bare_schema(path)
    names = columns_of(path, schema)
    if label not in names:
        hint = nearest(label, names) if len(names) <= FEW else near(label, names)
        raise RequestError([f"{file}: has no column '{label}': {hint}"])
    as_text = replace(schema, kinds=dict.fromkeys(names, "text"))
    rows, step = 0, 1
    labels: Counter[str] = Counter()
    held: list[pl.DataFrame] = []
    for part in map_rows(path, as_text, names, lambda frame, _: frame):
        counts = _plain(part.get_column(label)).value_counts(name="rows")
        labels.update(dict(counts.iter_rows()))
        held.append(part.gather_every(step, -rows % step))
        rows += part.height
        while sum(one.height for one in held) > MOST_ROWS:
            # Every row held is a multiple of `step`, so every other one is of twice as much.
            held, step = [pl.concat(held).gather_every(2)], step * 2
    return _Seen(schema, rows, dict(labels.most_common()), pl.concat(held))


def _plain(labels: pl.Series) -> pl.Series:
    """Write what stands for nothing in a column of labels (n,) as the empty text."""
    return labels.set(labels.is_in(list(TOKENS)), "").fill_null("")


def _hidden(columns: Mapping[str, Column], roles: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the identifiers and the endpoints: what must not be a feature by default."""
    endpoints = tuple(n for n, c in columns.items() if c.address or n in roles.endpoints)
    identifiers = tuple(
        name
        for name, column in columns.items()
        if name not in endpoints and (column.names_rows or column.form or name in roles.identifiers)
    )
    return identifiers, endpoints


def _bare_schema(path: Path) -> Schema:
    """Tell a file's format, and where its columns are named, by its first bytes."""
    _, line = unpacked(path)
    if line.startswith(b"PAR1"):
        return _schema("parquet")
    if line.startswith(b"#") and (b"separator" in line or b"fields" in line):
        return _schema("zeek")
    loose = open_source(path, Form("loose"))
    if sum(NUMBER.fullmatch(name) is not None for name in loose.header) > len(loose.header) / 2:
        problem = "its first line is a row, not the names of the columns: put a header above it"
        raise RequestError([f"{path}: {problem}"])
    try:
        plain = open_source(path).header == loose.header
    except DataError:  # names that repeat
        plain = False
    return _schema("csv", "named" if plain else "loose")


def _schema(
    form: Literal["csv", "zeek", "parquet"], header: Literal["named", "loose"] = "named"
) -> Schema:
    return Schema("", (), (), format=form, header=header)


def _classes(where: str, counts: dict[str, int], benign: str | None) -> dict[str, int]:
    """Put the benign label first; `counts` has the most frequent one first."""
    if len(counts) < 2:
        raise RequestError([f"{where} has one value only: a detector needs rows of both classes"])
    if len(counts) > MOST_CLASSES:
        raise RequestError([f"{where} has {len(counts):,} different values, so it is no label"])
    if benign is not None and benign not in counts:
        raise RequestError([f"{where} has no value '{benign}': {nearest(benign, counts)}"])
    named = [text for text in counts if text.strip().lower() in BENIGN]
    chosen = benign if benign is not None else named[0] if len(named) == 1 else None
    if chosen is None and not named and "" in counts:
        chosen = ""
    if chosen is None:
        listed = ", ".join(f"'{text}' ({rows:,} rows)" for text, rows in list(counts.items())[:10])
        problem = f"does not say which value is benign: name one with --benign, of {listed}"
        raise RequestError([f"{where} {problem}"])
    if "" in counts and chosen != "":
        raise RequestError([f"{where} is empty in {counts['']:,} rows: remove them, or label them"])
    return {chosen: counts.pop(chosen), **counts}


def _why_left_out(name: str, column: Column, frame: pl.DataFrame, labels: pl.Series) -> str:
    """Give the reason why a column says the label; empty where it does not."""
    if not 2 <= column.distinct <= MOST_CLASSES:
        return ""
    cells = frame.get_column(name)
    pairs = len(pl.DataFrame({"cell": cells, "label": labels}).unique())
    classes = labels.n_unique()
    tells, told = pairs == column.distinct, pairs == classes
    if tells and told:
        return "its values stand for those of the label, one for one"
    if SAYS_LABEL.search(name) and (tells or told):
        return "it tells the label" if tells else "it follows from the label"
    return ""


def _time_of(columns: Mapping[str, Column], roles: Roles) -> str:
    """Choose the column of a row's time: a time in every row, by its name if it can be."""
    times = [n for n, column in columns.items() if column.form and not column.nulls]
    named = [n for n in times if n in roles.time]
    return next(iter([*named, *times]), "")


def _groups(
    identifiers: Sequence[str], endpoints: Sequence[str], columns: Mapping[str, Column], rows: int
) -> tuple[str, ...]:
    """Choose what tells which rows belong together: a flow's id, else both its hosts."""
    for name in identifiers:
        column = columns[name]
        if not column.form and not column.names_rows and 1 < column.distinct < rows / 2:
            return (name,)
    hosts = [name for name in endpoints if columns[name].address and columns[name].distinct > 1]
    return tuple(hosts[:2]) if len(hosts) > 1 else ()


def _row_unit(names: Sequence[str]) -> str:
    joined = " ".join(names).lower()
    if "frame." in joined or "tcp.len" in joined:
        return "packet"
    return "flow" if re.search(r"flow|duration|pkts|packets", joined) else "row"


def _commas(frame: pl.DataFrame, columns: Mapping[str, Column]) -> list[str]:
    """Name the columns of text whose cells are numbers, but for their decimal commas."""
    found = []
    for name, column in columns.items():
        cells = frame.get_column(name).drop_nulls()
        given = cells.filter(~cells.is_in(list(TOKENS)))
        if column.kind == "text" and given.str.contains(COMMAS).all():
            found.append(name)
    return [f"decimal commas make text of {', '.join(found)}: write points"] if found else []


def _warnings(
    rows: int, classes: Mapping[str, int], columns: Mapping[str, Column], groups: Sequence[str]
) -> list[str]:
    said = []
    small = [f"{text or 'benign'} ({count})" for text, count in classes.items() if count < 10]
    if small:
        said.append(f"fewer than 10 rows of: {', '.join(small)}")
    benign = next(iter(classes.values()))
    if benign < 1000:
        said.append(f"{benign} benign rows are too few to choose a threshold for an FPR of 1 %")
    hollow = [name for name, column in columns.items() if column.nulls > rows / 2]
    if hollow:
        more = f" and {len(hollow) - 5} more" if len(hollow) > 5 else ""
        said.append(f"more than half of the cells are empty in {', '.join(hollow[:5])}{more}")
    if not groups:
        said.append("no column says which rows belong together: 'grouped' will use equal rows")
    return said
