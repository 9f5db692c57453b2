"""The arguments of `idsbench data` that put files in place and check them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers gives
Lazy = Callable[[str], Callable[[argparse.Namespace], int]]


def add_actions(
    actions: Commands[argparse.ArgumentParser], lazy: Lazy, formats: tuple[str, ...]
) -> None:
    """Add the actions add, fetch, list, verify and check-split."""
    _add_getting(actions, lazy)
    for name, what in (
        ("list", "say what is found of each dataset, or where to get it"),
        ("verify", "hash the data files again; exit code 3 when one changed since first seen"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("dataset", nargs="?", metavar="DATASET", help="default: all")
        _data_dir(action)
        action.add_argument("--format", choices=formats, default="table")
        action.set_defaults(command=lazy(f"{name}_data"))
    check = actions.add_parser(
        "check-split",
        help="check a split manifest, and that it fits the data",
        description="Exit code 3 when the file or the rows are not what it says.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="split-….json.gz")
    _data_dir(check)
    check.set_defaults(command=lazy("check_split"))


def _add_getting(actions: Commands[argparse.ArgumentParser], lazy: Lazy) -> None:
    add = actions.add_parser(
        "add",
        help="put your copy of a dataset where runs find it",
        description="Check files as a run reads them, then copy them into the data folder.",
    )
    add.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="files, folders or zip archives"
    )
    add.add_argument("--dataset", required=True, metavar="NAME")
    add.add_argument("--link", action="store_true", help="link to the files instead of copying")
    _data_dir(add)
    add.set_defaults(command=lazy("add"))
    fetch = actions.add_parser("fetch", help="get a dataset from where its authors put it")
    fetch.add_argument("dataset", metavar="DATASET")
    fetch.add_argument(
        "--accept-licence", action="store_true", help="you have read the licence and accept it"
    )
    fetch.add_argument(
        "--from",
        dest="address",
        metavar="ADDRESS",
        help="https://…/FILE or kaggle:OWNER/NAME (default: the card's)",
    )
    _data_dir(fetch)
    fetch.set_defaults(command=lazy("fetch"))


def _data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where the data files are")
