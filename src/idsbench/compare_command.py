"""The command `compare`: two sides in, every metric with its verdict out."""

from __future__ import annotations

import argparse

from idsbench.cli import NOTHING, OK


def compare_command(arguments: argparse.Namespace) -> int:
    """Compare two sides; exit code 4 when nothing was comparable."""
    from idsbench.compare import compare
    from idsbench.compare_source import opened
    from idsbench.compare_text import render
    from idsbench.untrusted import uncollected

    with (
        opened(arguments.base, arguments.path, history=True) as base,
        opened(arguments.head, arguments.path, history=True) as head,
        uncollected(),
    ):
        compared = compare(base, head, arguments.same_weights)
        print(render(compared, arguments.format, arguments.all))
    return OK if any(one.tested for one in compared) else NOTHING
