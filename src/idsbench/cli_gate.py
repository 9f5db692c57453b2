"""The arguments of the commands compare, gate, history, baseline and check-results."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers gives
Lazy = Callable[[str], Callable[[argparse.Namespace], int]]
FORMATS = ("table", "json", "csv", "markdown", "junit")
SIDE = "a results folder or one of kept runs, a baseline's name, a git reference REF, or REF:FOLDER"


def add_comparisons(commands: Commands[argparse.ArgumentParser], lazy: Lazy, results: Path) -> None:
    """Add the commands that compare results and check them."""
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
    _add_history(commands, lazy)
    _add_baseline(commands, lazy, results)
    _add_check(commands, lazy)


def _add_gate(commands: Commands[argparse.ArgumentParser], lazy: Lazy, results: Path) -> None:
    gate = commands.add_parser(
        "gate",
        help="fail when FPR, recall, size or latency got worse than the limits allow",
        description="Hold a results folder against a baseline. Exit code 3 for a regression, 4 when "
        "nothing was comparable. A limit is a share of the old value, such as 10%, with an "
        "absolute floor if a comma and a number follow: 10%,0.0005. `none` takes a limit away. "
        "Limits may also stand in pyproject.toml, as [tool.idsbench.gate] max-fpr-increase = "
        '"10%".',
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


def _add_history(commands: Commands[argparse.ArgumentParser], lazy: Lazy) -> None:
    history = commands.add_parser(
        "history",
        help="follow a metric over runs or commits, and name the steps",
        description="Show a metric of each cell over kept runs, or over the commits of a results "
        "folder, and between which two its level changed.",
    )
    history.add_argument("--metric", default="fpr", metavar="KEY", help="default: %(default)s")
    history.add_argument(
        "--folder", type=Path, metavar="DIR", help="kept runs (default: results/history)"
    )
    history.add_argument("--git", type=Path, metavar="FOLDER", help="over this folder's commits")
    history.add_argument("--last", type=int, default=100, metavar="N", help="runs or commits")
    history.add_argument("--add", type=Path, metavar="RESULTS", help="keep a run, named by --run")
    history.add_argument("--note", metavar="TEXT", help="keep a note on the run named by --run")
    history.add_argument("--run", metavar="NAME", help="names are shown in their order")
    history.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw it too")
    history.add_argument("--format", choices=FORMATS[:-1], default="table")
    history.set_defaults(command=lazy("history"))


def _add_baseline(commands: Commands[argparse.ArgumentParser], lazy: Lazy, results: Path) -> None:
    baseline = commands.add_parser(
        "baseline",
        help="keep records under a name, to compare with",
        description="Baselines are folders of records in results/baseline; what is saved is not "
        "changed. `promote` makes one the baseline called current.",
    )
    baseline.add_argument("action", choices=("save", "list", "show", "promote"))
    baseline.add_argument("name", nargs="?", metavar="NAME")
    baseline.add_argument(
        "--results", type=Path, default=results, metavar="DIR", help="default: %(default)s"
    )
    baseline.add_argument("--format", choices=FORMATS[:-1], default="table")
    baseline.set_defaults(command=lazy("baseline"))


def _add_check(commands: Commands[argparse.ArgumentParser], lazy: Lazy) -> None:
    check = commands.add_parser(
        "check-results",
        help="check submitted records: ids, seals, metrics from evidence, the suite's rules",
        description="What a results repository runs on every pull request. In the closed division "
        "the suite fixes datasets, tasks, protocols, seeds and the threshold rule. Exit code 3 "
        "when a record breaks a rule.",
    )
    check.add_argument("results", type=Path, metavar="DIR")
    check.add_argument("--division", choices=("closed", "open"), default="open")
    check.add_argument("--suite", metavar="NAME", help="of the closed division: a name or a .toml")
    check.add_argument(
        "--data", action="append", default=[], metavar="SHA256", help="data that may be used"
    )
    check.add_argument("--format", choices=FORMATS[:-1], default="table")
    check.set_defaults(command=lazy("check_results"))


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
