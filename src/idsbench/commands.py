"""One function for each command: arguments in, text on standard output, exit code out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from idsbench.catalog import Catalog, load_catalog
from idsbench.cli import NOTHING, OK, SOME_FAILED, WRONG_REQUEST
from idsbench.errors import RequestError, nearest
from idsbench.tune_request import tune_problems
from idsbench.values import KINDS, STATUSES


def run_command(arguments: argparse.Namespace) -> int:
    """Plan, run what is missing, print the leaderboard of the planned cells."""
    from idsbench import leaderboard, store
    from idsbench.dry_run import dry_run
    from idsbench.judgement import judgement
    from idsbench.meter_words import meter_lines
    from idsbench.plan import make_plan
    from idsbench.run import run
    from idsbench.suite_command import after, plan_of
    from idsbench.tables_fitted import terminal_width
    from idsbench.view import make_view, printable

    catalog = catalog_of(arguments)
    named = arguments.suite is not None
    problems = _option_problems(arguments)
    try:
        plan = plan_of(catalog, arguments) if named else make_plan(catalog, _request(arguments))
    except RequestError as error:
        raise RequestError([*problems, *error.problems]) from error
    if problems:
        raise RequestError(problems)
    options, asked = _options(arguments), judgement(arguments.budget)
    if arguments.dry_run:
        print(dry_run(plan, options, arguments.format, terminal_width()))
        return OK
    view = make_view(sys.stderr.isatty())
    try:
        records = run(catalog, plan, options, view)
    finally:
        view.close()
    # A damaged record of another run must not hide this run's result; `verify` names it.
    everything = list(store.read_finished(options.results).values())
    store.write_text(options.results / store.LEADERBOARD, leaderboard.markdown(everything))
    shown = after(arguments, records, asked) if named else None
    print(shown or leaderboard.on_terminal(records, arguments.format, asked=asked))
    for line in meter_lines(options.meter, records):
        print(f"idsbench: {printable(line)}", file=sys.stderr)
    return exit_code(records)


def exit_code(records: Iterable[Mapping[str, Any]]) -> int:
    """Give 0 when every cell is ok or skipped and one at least is ok; 4 when nothing was evaluated."""
    statuses = {record["status"] for record in records}
    if statuses - {"ok", "skipped"}:
        return SOME_FAILED
    return OK if "ok" in statuses else NOTHING


def list_command(arguments: argparse.Namespace) -> int:
    """List components, or the suites."""
    from idsbench.tables_fitted import terminal_width
    from idsbench.tables_folded import folded

    width = terminal_width()
    if arguments.kind in ("suite", "suites"):
        from idsbench.suite_command import listed

        print(folded(listed(), arguments.format, width))
        return OK
    catalog = catalog_of(arguments)
    rows = [
        {
            "kind": component.kind,
            "name": component.name,
            "summary": component.summary,
            "from": catalog.origin(component).distribution,
        }
        for kind in _kinds(arguments.kind)
        for component in catalog.components(kind)
    ]
    print(folded(rows, arguments.format, width))
    return _clashes(catalog)


def plugins_command(arguments: argparse.Namespace) -> int:
    """List plugin distributions; the broken ones with their error."""
    from idsbench.tables_fitted import terminal_width
    from idsbench.tables_folded import folded

    catalog = load_catalog(*plugin_choice(arguments))
    rows = [
        {
            "distribution": plugin.distribution,
            "version": plugin.version,
            "module": plugin.module,
            "components": ", ".join(f"{c.kind}/{c.name}" for c in plugin.components),
            "error": plugin.error,
        }
        for plugin in catalog.plugins
    ]
    print(folded(rows, arguments.format, terminal_width()))
    for clash in catalog.clashes:
        print(f"idsbench: {clash}", file=sys.stderr)
    return OK


def synthesize_command(arguments: argparse.Namespace) -> int:
    """Write a stand-in."""
    from idsbench.cells import reference
    from idsbench.components import build
    from idsbench.selection import select
    from idsbench.sources import SIDECAR, synthesize

    problems = []
    if arguments.rows < 100:
        problems.append(f"--rows {arguments.rows}: a stand-in has at least 100 rows")
    if arguments.seed < 0:
        problems.append(f"--seed {arguments.seed}: expected a whole number of at least 0")
    if arguments.out.is_dir() or not arguments.out.resolve().parent.is_dir():
        problems.append(f"--out {arguments.out}: expected a file in a folder that exists")
    if problems:
        raise RequestError(problems)
    specs = select(catalog_of(arguments), "dataset", arguments.dataset)
    if len(specs) != 1:
        raise RequestError([f"'{arguments.dataset}' names {len(specs)} datasets: name one"])
    try:
        synthesize(build(reference(specs[0])), arguments.out, arguments.rows, arguments.seed)
    except OSError as error:
        raise RequestError(
            [f"--out {arguments.out}: cannot be written ({error.strerror})"]
        ) from error
    print(f"{arguments.out}: {arguments.rows} generated rows; stand-in, never a real capture")
    print(f"{arguments.out}{SIDECAR}: says so wherever the two are put")
    return OK


def leaderboard_command(arguments: argparse.Namespace) -> int:
    """Rank the records of a results folder."""
    from idsbench import leaderboard, store
    from idsbench.judgement import judgement
    from idsbench.where import select

    asked = judgement(arguments.budget, arguments.pareto, arguments.board, arguments.cost)
    records = store.read_records(arguments.results)
    if not records:
        print(f"idsbench: no records in {arguments.results}", file=sys.stderr)
        if arguments.format == "json":
            print("[]")
        return NOTHING
    if arguments.published:
        from idsbench.claims_published import published_rows, shipped_claims

        records = [*records, *published_rows(records, shipped_claims())]
    print(
        leaderboard.on_terminal(records, arguments.format, arguments.sort, arguments.where, asked)
    )
    if not select(leaderboard.rows(records), arguments.where):
        print(f"idsbench: no record in {arguments.results} has {arguments.where}", file=sys.stderr)
        return NOTHING
    return OK


def catalog_of(arguments: argparse.Namespace) -> Catalog:
    """Load what the options leave of the installed plugins; the broken ones are named."""
    catalog = load_catalog(*plugin_choice(arguments))
    for plugin in catalog.broken:
        print(
            f"idsbench: the plugin {plugin.distribution} {plugin.version} is left out: {plugin.error}",
            file=sys.stderr,
        )
    return catalog


def plugin_choice(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Give the distributions to load and those to block, as the options name them."""
    return _words(arguments.only_plugins), _words(arguments.block_plugin)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _clashes(catalog: Catalog) -> int:
    for clash in catalog.clashes:
        print(f"idsbench: {clash}", file=sys.stderr)
    return WRONG_REQUEST if catalog.clashes else OK


def _kinds(text: str | None) -> tuple[str, ...]:
    if text is None:
        return KINDS
    kind = text.removesuffix("s")
    if kind not in KINDS:
        raise RequestError(
            [f"unknown kind '{text}': {nearest(text, (f'{k}s' for k in (*KINDS, 'suite')))}"]
        )
    return (kind,)


def _request(arguments: argparse.Namespace) -> Any:
    from idsbench.plan import Request
    from idsbench.suite_command import selected

    if arguments.datasets is None:
        raise RequestError(["name a suite, or the datasets with --datasets NAMES"])
    if arguments.preset is not None:
        raise RequestError([f"--preset {arguments.preset}: only a suite has presets; name one"])
    return Request(
        **selected(arguments),
        baselines=not arguments.no_baselines,
        data_dir=arguments.data_dir,
        split_manifest=arguments.split_manifest,
        trials=arguments.tune or 0,
    )


def _option_problems(arguments: argparse.Namespace) -> list[str]:
    problems = []
    if not 1 <= arguments.jobs <= 1024:
        problems.append(f"--jobs {arguments.jobs}: expected a whole number from 1 to 1024")
    if arguments.threads is not None and not 1 <= arguments.threads <= 1024:
        problems.append(f"--threads {arguments.threads}: expected a whole number from 1 to 1024")
    problems += tune_problems(arguments.tune)
    for option, value in (("timeout", arguments.timeout), ("memory-limit", arguments.memory_limit)):
        if value is not None and not 0 < value < float("inf"):
            problems.append(f"--{option} {value:g}: expected a number above 0")
    retry = _words(arguments.retry)
    problems += [f"--retry {s}: {nearest(s, STATUSES)}" for s in retry if s not in STATUSES]
    return [*problems, *_cost_problems(arguments)]


def _cost_problems(arguments: argparse.Namespace) -> list[str]:
    from idsbench.judgement import judgement
    from idsbench.meters import problem_of

    problems = [problem] if (problem := problem_of(arguments.meter)) else []
    try:
        judgement(arguments.budget)
    except RequestError as error:
        problems += error.problems
    return problems


def _options(arguments: argparse.Namespace) -> Any:
    from idsbench.limits import Limits
    from idsbench.run import Options

    return Options(
        results=Path(arguments.results),
        jobs=arguments.jobs,
        threads=arguments.threads,
        limits=Limits(arguments.timeout, arguments.memory_limit),
        measure=arguments.measure,
        meter=arguments.meter,
        retry=frozenset(_words(arguments.retry)),
        fresh=arguments.fresh,
    )
