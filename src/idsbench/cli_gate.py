"""The arguments of `idsbench compare` and `idsbench gate`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers gives
Lazy = Callable[[str], Callable[[argparse.Namespace], int]]
FORMATS = ("table", "json", "csv", "markdown", "junit")
SIDE = "a results folder, a baseline's name, a git reference REF, or REF:FOLDER"


def add_comparisons(commands: Commands[argparse.ArgumentParser], lazy: Lazy, results: Path) -> None:
    """Add the commands compare and gate."""
    compare = commands.add_parser(
        "compare",
        help="say what changed between two sets of records, and what is chance",
        description="Match the cells of two sides and test every metric; worst first. Each side is "
        f"{SIDE}. Exit code 4 when nothing was comparable.",
    )
    compare.add_argument("base", metavar="BASE")
    compare.add_argument("head", metavar="HEAD")
    compare.add_argument("--all", action="store_true", help="show what is the same, too")
    _add_shared(compare)
    compare.set_defaults(command=lazy("compare"))
    _add_gate(commands, lazy, results)


def _add_gate(commands: Commands[argparse.ArgumentParser], lazy: Lazy, results: Path) -> None:
    gate = commands.add_parser(
        "gate",
        help="fail when FPR, recall, size or latency got worse than the limits allow",
        description="Hold a results folder against a baseline. Exit code 3 for a regression, 4 when "
        "nothing was comparable. A limit is a share of the old value, such as 10%%, with an "
        "absolute floor if a comma and a number follow: 10%%,0.0005. `none` takes a limit away. "
        "Limits may also stand in pyproject.toml, as [tool.idsbench.gate] max-fpr-increase = "
        '"10%%".',
    )
    gate.add_argument("--baseline", required=True, metavar="BASE", help=SIDE)
    gate.add_argument(
        "--results", type=Path, default=results, metavar="DIR", help="default: %(default)s"
    )
    for name, way, default in (
        ("fpr", "increase", "10%%"),
        ("recall", "decrease", "5%%"),
        ("size", "increase", "2%%, of parameters and of bytes"),
        ("latency", "increase", ""),
        ("energy", "increase", ""),
        ("memory", "increase", ""),
    ):
        shown = f"default: {default}" if default else "default: no limit"
        gate.add_argument(f"--max-{name}-{way}", metavar="LIMIT", help=shown)
    gate.add_argument(
        "--strict",
        action="store_true",
        default=None,
        help="fail also when a limit could not be seen, and when a cell is new or missing",
    )
    gate.add_argument(
        "--allow-moved-threshold",
        action="store_true",
        default=None,
        help="do not fail when only the threshold moved",
    )
    gate.add_argument("--config", type=Path, metavar="FILE", help="default: ./pyproject.toml")
    _add_shared(gate)
    gate.set_defaults(command=lazy("gate"))


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--path", type=Path, metavar="FOLDER", help="the folder to read at a bare git reference"
    )
    parser.add_argument(
        "--same-weights",
        action="store_true",
        help="both sides are the same trained weights (export, quantisation, refactoring): "
        "compare their decisions row by row",
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
