"""The command `check-results`: exit code 3 when a record breaks a rule, 4 when there is none."""

from __future__ import annotations

import argparse
import sys

from idsbench.cli import FINDING, NOTHING, OK
from idsbench.errors import RequestError


def check_results_command(arguments: argparse.Namespace) -> int:
    """Check a folder of submitted results."""
    from idsbench.check_results import Closed, check
    from idsbench.suite import find_suite
    from idsbench.tables import render

    if arguments.suite and arguments.division != "closed":
        raise RequestError(
            [f"--suite {arguments.suite} is of the closed division: add --division closed"]
        )
    if (arguments.division == "closed") != bool(arguments.suite):
        raise RequestError(
            ["the closed division needs --suite, which says what is fixed; the open one has none"]
        )
    if arguments.data and not arguments.suite:
        raise RequestError(
            ["--data fixes the data of the closed division; the open one fixes none"]
        )
    closed = Closed(find_suite(arguments.suite), tuple(arguments.data)) if arguments.suite else None
    done = check(arguments.results, closed)
    rows = [{"cell": finding.cell, "finding": finding.what} for finding in done.findings]
    if rows or arguments.format == "json":
        print(render(rows, arguments.format))
    told = sys.stderr if arguments.format == "json" else sys.stdout
    print(
        f"{arguments.division}: {done.records} records, {done.recomputed} recomputed from "
        f"evidence, {len({one.cell for one in done.findings})} with findings",
        file=told,
    )
    if rows:
        return FINDING
    return OK if done.records else NOTHING
