"""The command `worth`: a results folder in; table, figure and words on its protocols out."""

from __future__ import annotations

import argparse
import sys

from idsbench.cli import NOTHING, OK
from idsbench.errors import RequestError


def worth_command(arguments: argparse.Namespace) -> int:
    """Print the page, or write it with figures and rows; exit code 4 when nothing compares."""
    from idsbench import store, tables
    from idsbench.suite import find_suite
    from idsbench.worth_page import document, files, of_suite
    from idsbench.worth_series import as_rows

    suite = find_suite(arguments.suite) if arguments.suite else None
    series = of_suite(store.read_records(arguments.results), suite)
    if not series:
        print(
            f"idsbench: {arguments.results} holds no detector under two protocols: "
            "run it under paper-whole and clean",
            file=sys.stderr,
        )
        return NOTHING
    if arguments.out is None:
        page = arguments.format in ("table", "markdown")
        fmt = arguments.format
        print(document(series, suite, fmt) if page else tables.render(as_rows(series), fmt))
        return OK
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError([f"--out {arguments.out}: cannot be made ({error.strerror})"]) from error
    for name, text in files(series, suite).items():
        store.write_text(arguments.out / name, text)
        print(arguments.out / name)
    return OK
