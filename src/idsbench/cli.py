"""The command line: parse, call one function, print. Nothing heavy is imported for `--help`."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from idsbench import __version__
from idsbench.cli_cost import add_judging, add_measuring
from idsbench.cli_data import add_actions
from idsbench.cli_gate import add_comparisons
from idsbench.cli_parser import Parser, joined
from idsbench.errors import IdsbenchError, RequestError

FORMATS = ("table", "json", "csv", "markdown", "latex")
UPKEEP = ("doctor", "cache", "verify")
OWN_MODULE = {
    name: f"{name}_command"
    for name in (
        *("audit", "check_results", "claims", "compare", "describe", "gate", "history"),
        *("show", "worth"),
    )
} | {"baseline": "history_command"}
DATA = ("add", "fetch", "list_data", "verify_data", "check_split")
RESULTS = Path("results/local")
_TIMEOUT = "seconds for one cell (default: none); a target has 60 s to load, 600 to deploy anyway"
OK, SOME_FAILED, WRONG_REQUEST, FINDING, NOTHING, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code (`INTERFACE.md`, exit codes)."""
    parsed = _parser().parse_args(joined(sys.argv[1:] if arguments is None else arguments))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        command: Callable[[argparse.Namespace], int] = parsed.command
        return command(parsed)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not cut the leaving short
        print("\ninterrupted: the same command again goes on from here", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader left; Python would complain once more at exit
        return OK
    except IdsbenchError as error:
        if parsed.debug:
            raise
        problems = error.problems if isinstance(error, RequestError) else (str(error),)
        for problem in problems:
            print(f"idsbench: {problem}", file=sys.stderr)
        return error.exit_code


def _interrupt(*_: object) -> None:
    """End as after Ctrl-C: jobs are ended, the terminal is left in order."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="idsbench",
        description="Benchmark IoT intrusion detectors, and see what the protocol gave away.",
        epilog="`idsbench COMMAND --help` explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"idsbench {__version__}")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_argument(
        "--only-plugins", default="", metavar="NAMES", help="load only these distributions"
    )
    parser.add_argument(
        "--block-plugin", default="", metavar="NAMES", help="never load these distributions"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_list(commands)
    _add_show(commands)
    _add_plugins(commands)
    _add_data(commands)
    _add_audit(commands)
    _add_leaderboard(commands)
    add_comparisons(commands, _lazy, RESULTS)
    _add_claims(commands)
    _add_worth(commands)
    _add_doctor(commands)
    _add_cache(commands)
    _add_verify(commands)
    return parser


Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers gives


def _add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    run = commands.add_parser(
        "run",
        help="run the cross-product of what is selected",
        description="Run every combination of the selected components. A selection is "
        "name[key=value,...], comma-separated; globs are allowed. The same command again runs "
        "only what is missing. With a suite, datasets, targets and seeds take the place of its own, "
        "and the other selections leave only those of its cells that they name.",
    )
    run.add_argument("suite", nargs="?", metavar="SUITE", help="a suite's name, or SUITE.toml")
    run.add_argument("--preset", metavar="NAME", help="how a suite is run (default: quick)")
    run.add_argument("--datasets", metavar="NAMES", help="needed where no suite is named")
    for option, default, what in (
        ("tasks", "binary", "binary, category, subcategory"),
        ("protocols", "clean", "how rows are split and what may be fitted where"),
        ("samplers", "none", "resampling of training rows"),
        ("featurizers", None, "default: what each model prefers; chains are joined by +"),
        ("models", None, "default: all"),
        ("targets", "cpu", "where trained models are measured"),
        ("seeds", "0", "whole numbers and ranges, such as 0,1,5-9"),
    ):
        shown = f"{what} (default: {default})" if default else what
        run.add_argument(f"--{option}", metavar="NAMES", help=shown)
    run.add_argument(
        "--split-manifest", type=Path, metavar="FILE", help="split as in this file of another run"
    )
    run.add_argument("--no-baselines", action="store_true", help="leave out the baselines")
    run.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data files are")
    run.add_argument(
        "--results", type=Path, default=RESULTS, metavar="DIR", help="default: %(default)s"
    )
    _add_limits(run)
    run.add_argument("--retry", default="", metavar="STATUS,…", help="run these statuses again too")
    run.add_argument("--fresh", action="store_true", help="run finished cells again")
    run.add_argument("--dry-run", action="store_true", help="print the plan, run nothing")
    run.add_argument("--format", choices=FORMATS, default="table")
    run.set_defaults(command=_lazy("run"))


def _add_limits(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="trainings at once (default: 1)"
    )
    run.add_argument(
        "--threads", type=int, metavar="N", help="processors for each training (default: all)"
    )
    run.add_argument("--timeout", type=float, metavar="S", help=_TIMEOUT)
    run.add_argument("--memory-limit", type=float, metavar="MB", help="resident memory of one cell")
    add_measuring(run)
    run.add_argument("--tune", type=int, metavar="N", help="trials to tune each model with")


def _add_list(commands: Commands[argparse.ArgumentParser]) -> None:
    listing = commands.add_parser("list", help="list what is installed")
    listing.add_argument("kind", nargs="?", metavar="KIND", help="datasets, protocols, models, …")
    listing.add_argument("--format", choices=FORMATS, default="table")
    listing.set_defaults(command=_lazy("list"))


def _add_show(commands: Commands[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help="explain one component")
    show.add_argument("component", metavar="KIND/NAME", help="e.g. model/cnn")
    show.set_defaults(command=_lazy("show"))


def _add_plugins(commands: Commands[argparse.ArgumentParser]) -> None:
    plugins = commands.add_parser("plugins", help="list plugin distributions, broken ones too")
    plugins.add_argument("--format", choices=FORMATS, default="table")
    plugins.set_defaults(command=_lazy("plugins"))


def _add_data(commands: Commands[argparse.ArgumentParser]) -> None:
    data = commands.add_parser("data", help="get, describe, check and make data files")
    actions = data.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_actions(actions, _lazy, FORMATS)
    make = actions.add_parser("synthesize", help="write a stand-in for a dataset, of any size")
    make.add_argument("dataset", metavar="DATASET")
    make.add_argument("--rows", type=int, default=20_000, metavar="N")
    make.add_argument("--seed", type=int, default=0, metavar="N")
    make.add_argument("--out", type=Path, required=True, metavar="FILE")
    make.set_defaults(command=_lazy("synthesize"))
    describe = actions.add_parser(
        "describe",
        help="propose a card for a table of your own",
        description="Look through a labelled table (CSV, also .gz or .zip; Parquet; Zeek "
        "log) and write a card that says how to read it. `run --datasets CARD.toml` runs it.",
    )
    describe.add_argument("file", type=Path, metavar="FILE")
    describe.add_argument("--label", required=True, metavar="COLUMN", help="says the class")
    describe.add_argument("--benign", metavar="VALUE", help="which label is benign")
    describe.add_argument("--out", type=Path, required=True, metavar="CARD.toml")
    describe.set_defaults(command=_lazy("describe"))


def _add_audit(commands: Commands[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser(
        "audit",
        help="find leaks, duplicates, shortcuts and ceilings in a dataset",
        description="Find what a dataset gives away under a protocol: leaks, duplicates, "
        "contradicting labels and the accuracy ceiling they imply, one-column shortcuts, captures "
        "that give the class away. No model is trained.",
    )
    audit.add_argument("dataset", metavar="DATASET")
    audit.add_argument(
        "--protocol", default="clean", metavar="NAME", help="how rows are split (default: clean)"
    )
    audit.add_argument(
        "--tasks",
        default="binary",
        metavar="NAMES",
        help="whose labels the protocol splits by (default: binary)",
    )
    audit.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data files are")
    audit.add_argument(
        "--fail-on", choices=("leak",), help="exit code 3 when there is a finding as bad as this"
    )
    audit.add_argument("--format", choices=FORMATS, default="table")
    audit.set_defaults(command=_lazy("audit"))


def _add_leaderboard(commands: Commands[argparse.ArgumentParser]) -> None:
    board = commands.add_parser("leaderboard", help="rank the records of a results folder")
    board.add_argument("--results", type=Path, default=RESULTS, metavar="DIR")
    board.add_argument("--sort", metavar="KEY", help="default: tpr_at_fpr_1pct, then auc_roc")
    board.add_argument("--where", metavar="KEY=VALUE,…", help="only these records; globs allowed")
    add_judging(board)
    board.add_argument(
        "--published", action="store_true", help="add papers' rows, with a verdict, never ranked"
    )
    board.add_argument("--format", choices=FORMATS, default="table")
    board.set_defaults(command=_lazy("leaderboard"))


def _add_claims(commands: Commands[argparse.ArgumentParser]) -> None:
    claims = commands.add_parser(
        "claims",
        help="check whether published numbers are possible",
        description="Look for a confusion matrix that gives all scores a paper prints, under "
        "every reading of its test set and its averages. Without a file: the published tables "
        "that come with idsbench. Exit code 0 whatever is found.",
    )
    claims.add_argument("file", nargs="?", type=Path, metavar="FILE.toml", help="another paper's")
    claims.add_argument("--format", choices=FORMATS, default="table")
    claims.set_defaults(command=_lazy("claims"))


def _add_worth(commands: Commands[argparse.ArgumentParser]) -> None:
    worth = commands.add_parser(
        "worth",
        help="say what the protocol is worth: the same detector under each",
        description="Compare the records of one detector under paper-whole, paper-train, clean and "
        "grouped: FPR, also on captured and on unseen rows, TPR at 1 % FPR, leaked rows, with "
        "ranges over seeds, and what that does not show.",
    )
    worth.add_argument("suite", nargs="?", metavar="SUITE", help="only the records of this suite")
    worth.add_argument("--results", type=Path, default=RESULTS, metavar="DIR")
    worth.add_argument(
        "--out", type=Path, metavar="DIR", help="write WORTH.md, worth.svg and worth.json there"
    )
    worth.add_argument("--format", choices=FORMATS, default="table")
    worth.set_defaults(command=_lazy("worth"))


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser("doctor", help="say what this machine can run and what is missing")
    doctor.add_argument("--format", choices=FORMATS, default="table")
    doctor.set_defaults(command=_lazy("doctor"))


def _add_cache(commands: Commands[argparse.ArgumentParser]) -> None:
    cache = commands.add_parser("cache", help="list, clear or verify what stages have kept")
    cache.add_argument("action", choices=("list", "clear", "verify"))
    cache.add_argument("--format", choices=FORMATS, default="table")
    cache.set_defaults(command=_lazy("cache"))


def _add_verify(commands: Commands[argparse.ArgumentParser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="recompute a results folder: ids from cells, metrics from evidence",
        description="Recompute ids from cells and metrics from evidence, and find edited records. "
        "Exit code 3 when something does not fit.",
    )
    verify.add_argument("results", type=Path, metavar="RESULTS")
    verify.add_argument("--format", choices=FORMATS, default="table")
    verify.set_defaults(command=_lazy("verify"))


def _lazy(name: str) -> Callable[[argparse.Namespace], int]:
    """Import the commands only when one is called."""

    def call(arguments: argparse.Namespace) -> int:
        place = "upkeep" if name in UPKEEP else OWN_MODULE.get(name, "commands")
        place = "data_command" if name in DATA else place
        module = importlib.import_module(f"idsbench.{place}")
        command: Callable[[argparse.Namespace], int] = getattr(module, f"{name}_command")
        return command(arguments)

    return call


if __name__ == "__main__":
    sys.exit(main())
