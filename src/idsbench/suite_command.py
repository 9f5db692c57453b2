"""Suites on the command line: plan one, print its results beside published ones, list, show."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idsbench.catalog import Catalog
from idsbench.claims_file import Claim
from idsbench.errors import RequestError, nearest
from idsbench.judgement import Judgement
from idsbench.plan import Plan
from idsbench.suite import choose, find_suite, shipped
from idsbench.suite_file import AXES, Preset, Suite
from idsbench.suite_plan import Place, plan_suite


def plan_of(catalog: Catalog, arguments: argparse.Namespace) -> Plan:
    """Plan the suite that the arguments name.

    Raises:
        RequestError: every mistake in it and in the options, at once.
    """
    suite = find_suite(arguments.suite)
    if arguments.split_manifest is not None:
        raise RequestError(["--split-manifest cannot be given with a suite: it splits every cell"])
    claims_of(suite)
    blocks = choose(suite, arguments.preset, selected(arguments))
    baselines = suite.baselines and not arguments.no_baselines
    place = Place(suite.name, arguments.data_dir, baselines, arguments.tune or 0)
    return plan_suite(catalog, blocks, place)


def selected(arguments: argparse.Namespace) -> dict[str, str]:
    """Give the selections that the command line writes, by axis."""
    written = {axis: getattr(arguments, axis) for axis in AXES}
    return {axis: text for axis, text in written.items() if text is not None}


def claims_of(suite: Suite) -> list[Claim]:
    """Give the published rows that a suite names.

    Raises:
        RequestError: it names a row that does not come with idsbench.
    """
    from idsbench.claims_published import shipped_claims
    from idsbench.suite_published import claim_name

    known = {claim_name(claim): claim for claim in shipped_claims()}
    problems = [
        f"{suite.name}: claims: there is no published row '{name}': {nearest(name, known)}"
        for name in suite.claims
        if name not in known
    ]
    if problems:
        raise RequestError(problems)
    return [known[name] for name in suite.claims]


def after(
    arguments: argparse.Namespace, records: Sequence[Mapping[str, Any]], asked: Judgement
) -> str:
    """Render the records of a suite's cells, and measured beside published scores.

    JSON and CSV have the published rows among the others, with the status `published`.
    """
    from idsbench import leaderboard
    from idsbench.claims_published import published_rows
    from idsbench.suite_published import render
    from idsbench.tables_fitted import terminal_width

    claims = claims_of(find_suite(arguments.suite))
    if arguments.format in ("json", "csv"):
        both = [*records, *published_rows(records, claims)]
        return leaderboard.on_terminal(both, arguments.format, asked=asked)
    board = leaderboard.on_terminal(records, arguments.format, asked=asked)
    beside = render(records, claims, arguments.format, terminal_width())
    return "\n\n".join(filter(None, [board, beside]))


def listed() -> list[dict[str, str]]:
    """Give the shipped suites as rows."""
    return [
        {
            "kind": "suite",
            "name": suite.name,
            "summary": suite.title,
            "presets": ", ".join(suite.presets),
        }
        for suite in shipped()
    ]


def suite_lines(name: str) -> Iterator[str]:
    """Describe a suite: its question, cells, presets and published rows."""
    suite = find_suite(name)
    yield f"suite/{suite.name}: {suite.title}"
    yield f"question: {suite.question}"
    for block in suite.blocks:
        yield f"cells '{block.name}':"
        yield from (f"  {axis}: {block.axes[axis]}" for axis in AXES if axis in block.axes)
    for name_, preset in suite.presets.items():
        yield f"preset {name_}:"
        yield from _preset_lines(preset)
    yield f"baselines: {'yes' if suite.baselines else 'no'}"
    if suite.claims:
        yield f"published rows: {', '.join(suite.claims)}"
    if suite.ladder:
        yield f"protocols compared by `idsbench worth`: {', '.join(suite.ladder)}"


def _preset_lines(preset: Preset) -> Iterator[str]:
    for axis, text in preset.axes.items():
        yield f"  {axis}: {text}"
    for components in preset.parameters.values():
        for name, values in components.items():
            yield f"  {name}[{','.join(f'{key}={value}' for key, value in values.items())}]"
