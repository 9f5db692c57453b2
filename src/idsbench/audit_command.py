"""The command `audit`: what a dataset gives away under a protocol, before any model is trained."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from idsbench.audit_finding import LEAK, Finding, row
from idsbench.cli import FINDING, OK
from idsbench.errors import CellError, CellSkipped, RequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from idsbench.audit_subject import Subject
    from idsbench.catalog import Catalog
    from idsbench.cells import Source
    from idsbench.contracts import SplitProtocol
    from idsbench.expand import Find, Place
    from idsbench.selection import Spec
    from idsbench.values import Rows, Split, Table

T = TypeVar("T")
EVERY_COLUMN = "all"
WHOLE = ("json", "csv")  # for programs: nothing is shortened


@dataclass(frozen=True)
class Request:
    """What is to be audited, resolved: a dataset's files, its protocol, the task it splits by.

    `skip` says why the protocol cannot split these data.
    """

    source: Source
    protocol: Spec
    task: str
    skip: str = ""


def audit_command(arguments: argparse.Namespace) -> int:
    """Print the findings; end with 3 where one is as bad as `--fail-on` says."""
    from idsbench.audit import audit
    from idsbench.catalog import load_catalog
    from idsbench.commands import plugin_choice
    from idsbench.tables_fitted import terminal_width
    from idsbench.tables_folded import folded

    catalog = load_catalog(*plugin_choice(arguments))
    if catalog.clashes:
        raise RequestError(catalog.clashes)
    requests = _requests(catalog, arguments)
    findings: list[Finding] = []
    rows: list[dict[str, Any]] = []
    for request in requests:
        found = audit(_subject(request))
        findings += found
        task = {"task": request.task} if len(requests) > 1 else {}
        rows += [{**task, **row(one, arguments.format in WHOLE)} for one in found]
    print(folded(rows, arguments.format, terminal_width()))
    leaks = sum(finding.severity == LEAK for finding in findings)
    if arguments.fail_on == LEAK and leaks:
        print(f"idsbench: {leaks} of {len(findings)} findings are leaks", file=sys.stderr)
        return FINDING
    return OK


def _requests(catalog: Catalog, arguments: argparse.Namespace) -> list[Request]:
    from idsbench.plan import locate, parse_tasks
    from idsbench.selection import select
    from idsbench.sources import data_folders

    problems: list[str] = []

    def attempt(read: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        try:
            return read()
        except RequestError as error:
            problems.extend(error.problems)
            return ()

    specs = attempt(lambda: select(catalog, "dataset", arguments.dataset))
    protocols = attempt(lambda: select(catalog, "protocol", arguments.protocol))
    tasks = attempt(lambda: parse_tasks(arguments.tasks))
    for what, chosen in (("dataset", specs), ("protocol", protocols)):
        if len(chosen) > 1:
            names = ", ".join(spec.text for spec in chosen)
            problems.append(f"an audit is of one {what}, not of {names}: name one")
    if problems:
        raise RequestError(problems)
    folders = data_folders(arguments.data_dir)

    def find(text: str) -> list[Source]:
        return [locate(spec, folders) for spec in select(catalog, "dataset", text)]

    place = _place(locate(specs[0], folders), protocols[0], find)
    return [Request(place.source, place.protocol, task, place.skip) for task in tasks]


def _place(source: Source, protocol: Spec, find: Find) -> Place:
    """Settle the protocol: of several folds the first, said on the way."""
    from idsbench.expand import Place, expand, fold_of
    from idsbench.split_values import JoinTraits, ManifestTraits

    traits = protocol.component.traits
    lacking = ""
    if isinstance(traits, ManifestTraits) and protocol.parameters[traits.manifest] is None:
        lacking = f"its file: --protocol '{protocol.name}[{traits.manifest}=FILE]'"
    if isinstance(traits, JoinTraits) and protocol.parameters[traits.train] is None:
        lacking = f"a dataset to train on: --protocol '{protocol.name}[{traits.train}=NAME]'"
    if lacking:
        raise RequestError([f"an audit of the protocol '{protocol.name}' needs {lacking}"])
    places = expand(source, replace(protocol, named=True), [source], find)
    place: Place = places[0]
    if place.skip:
        return Place(source, place.protocol, place.skip)
    if len(places) > 1:
        fold = fold_of(place.protocol)
        told = f"the first of {len(places)} folds is audited: {protocol.name}[{fold}]"
        print(f"idsbench: {told}; name another in the same way", file=sys.stderr)
    return place


def _subject(request: Request) -> Subject:
    from idsbench.audit_subject import Subject
    from idsbench.audit_text import text_hashes
    from idsbench.cells import protocol_traits

    source = request.source
    table = _load(source)
    joined = bool(source.parts)
    traits = protocol_traits(request.protocol)
    files = source.origin.files
    return Subject(
        table=table,
        wide=table if joined else _with_every_column(source, table),
        card=source.card,
        split=_split(table, request),
        file=None if joined else _file_of_rows(source, len(table.x)),
        text=None if joined else text_hashes(files, table.columns, len(table.x)),
        fit_on=traits.fit_on,
        balance=traits.balance,
    )


def _load(source: Source) -> Table:
    """Read the table through the cache that a run uses."""
    from idsbench.cache import cache_folder, is_made, making
    from idsbench.join import join
    from idsbench.prepare import load
    from idsbench.rowstore import open_table
    from idsbench.steps import load_steps

    stages = {"load": load, "join": join}
    steps = load_steps(source, cache_folder())
    for step in steps:
        if not is_made(step.out):
            with making(step.out) as staging:
                stages[step.stage](step.payload, staging)
    return open_table(steps[-1].out)


def _with_every_column(source: Source, table: Table) -> Table:
    """Read the same rows with identifiers and endpoints, where the layout has them."""
    spec = source.spec
    offered = {p.name: p.choices for p in spec.component.parameters}
    if EVERY_COLUMN not in offered.get("columns", ()):
        return table
    values = tuple((key, EVERY_COLUMN if key == "columns" else v) for key, v in spec.values)
    try:
        wide = _load(replace(source, spec=replace(spec, values=values)))
    except CellSkipped:
        return table
    same = len(wide.x) == len(table.x) and set(table.columns) <= set(wide.columns)
    return wide if same else table


@dataclass(frozen=True)
class _OnJoined:
    """A protocol over two datasets, told which rows (n,) are of the one to train on."""

    protocol: SplitProtocol
    trained_on: NDArray[np.bool_]

    def split(self, rows: Rows, rng: np.random.Generator) -> Split:
        """Split the rows of both."""
        from idsbench.split_values import JoinedRows

        told = (rows.y, rows.group, rows.time, rows.attack, rows.vector, self.trained_on)
        return self.protocol.split(JoinedRows(*told), rng)


def _split(table: Table, request: Request) -> Split | None:
    from idsbench.cells import reference
    from idsbench.components import build
    from idsbench.prepare import split_table

    try:
        if request.skip:
            raise CellSkipped(request.skip)
        protocol: SplitProtocol = build(reference(request.protocol))
        if request.source.parts:
            protocol = _OnJoined(protocol, _trained_on(request.source))
        return split_table(table, request.task, protocol, 0)[1]
    except CellSkipped as error:
        reason = f"the protocol '{request.protocol.text}' cannot split these data ({error})"
        print(f"idsbench: {reason}; checks of the split are left out", file=sys.stderr)
        return None
    except CellError as error:
        raise RequestError([f"protocol '{request.protocol.text}': {error}"]) from error


def _trained_on(source: Source) -> NDArray[np.bool_]:
    """Give which rows (n,) of a joined table are of the dataset to train on."""
    import numpy as np

    from idsbench.cache import cache_folder, entry
    from idsbench.cells import source_key
    from idsbench.split_values import TRAINED_ON

    marks: NDArray[np.bool_] = np.load(
        entry(cache_folder(), "tables", source_key(source)) / TRAINED_ON
    )
    return marks


def _file_of_rows(source: Source, rows: int) -> NDArray[np.int64] | None:
    """Give the number of each row's file (n,), where there are several and no row was dropped."""
    import numpy as np

    from idsbench.sources import digest_and_lines

    files: tuple[Path, ...] = source.origin.files
    if len(files) < 2 or source.origin.lines != rows:
        return None
    counts = [digest_and_lines(path)[1] for path in files]
    return np.repeat(np.arange(len(files)), counts)
