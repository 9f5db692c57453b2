"""The commands `history` and `baseline`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from idsbench.cli import NOTHING, OK
from idsbench.errors import RequestError, nearest

HISTORY = Path("results/history")
COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")


def history_command(arguments: argparse.Namespace) -> int:
    """Show a metric over runs; or add a run, or a note on one."""
    from idsbench import history, history_figure, history_text
    from idsbench.baselines import save
    from idsbench.store import write_text

    _check(arguments)
    if arguments.add:
        if not arguments.run:
            raise RequestError(["--add needs --run NAME; names are shown in their order"])
        kept = save(arguments.run, arguments.add, arguments.folder)
        print(f"{kept.folder}: {len(kept.records)} records")
        return OK
    if arguments.note:
        if not arguments.run:
            raise RequestError(["--note needs --run NAME: the run or commit it is about"])
        _check_run(arguments)
        print(history.annotate(arguments.run, arguments.note, arguments.folder))
        return OK
    history.metric_of(arguments.metric)
    if arguments.last < 1:
        raise RequestError([f"--last {arguments.last}: expected a whole number of at least 1"])
    git = arguments.git
    if git:
        runs = history.runs_of_git(git, arguments.last)
    else:
        runs = history.runs_of_folder(arguments.folder)[-arguments.last :]
    found = history.series(runs, arguments.metric)
    if not found:
        where = git or arguments.folder
        print(f"no run in {where} has {arguments.metric}: add one with --add RESULTS --run NAME")
        return NOTHING
    notes = history.notes_on(runs, history.notes(arguments.folder))
    print(history_text.render(found, notes, arguments.format))
    if arguments.plot:
        write_text(arguments.plot, history_figure.figure(found, notes))
    return OK


def _check(arguments: argparse.Namespace) -> None:
    """Refuse options that cannot be meant together, and a figure that cannot be written."""
    problems = []
    plot: Path | None = arguments.plot
    if arguments.git and arguments.folder:
        problems.append("--git and --folder are two places to read runs from: give one of the two")
    if plot and plot.suffix != ".svg":
        problems.append(f"--plot {plot}: the figure is SVG: name a file that ends in .svg")
    elif plot and not plot.resolve().parent.is_dir():
        problems.append(f"--plot {plot}: its folder does not exist: make it, or name another")
    if problems:
        raise RequestError(problems)
    arguments.folder = arguments.folder or HISTORY


def _check_run(arguments: argparse.Namespace) -> None:
    """Refuse a note on a run that is neither kept nor, by its name, a commit."""
    from idsbench.baselines import names

    kept, run = names(arguments.folder), arguments.run
    if run not in kept and not COMMIT.match(run):
        known = nearest(run, kept) if kept else f"{arguments.folder} has none: add one with --add"
        raise RequestError([f"--run {run}: no such run, and no hash of a commit; {known}"])


def baseline_command(arguments: argparse.Namespace) -> int:
    """Save, list, show or promote a baseline."""
    from idsbench import baselines
    from idsbench.tables import render

    action, name = arguments.action, arguments.name
    if action != "list" and not name:
        raise RequestError([f"baseline {action} needs a NAME"])
    if action in ("save", "promote"):
        kept = baselines.save(name, arguments.results) if action == "save" else None
        kept = kept or baselines.promote(name)
        print(f"{kept.folder}: {len(kept.records)} records")
        return OK
    if action == "show":
        from idsbench.leaderboard import render as board

        print(board(baselines.find(name).records, arguments.format))
        return OK
    rows = [
        {
            "baseline": kept.name,
            "records": len(kept.records),
            "cells": len({record["identity"] for record in kept.records}),
            "commits": sorted({str(record["commit"]) for record in kept.records}),
        }
        for kept in baselines.all_kept()
    ]
    print(render(rows, arguments.format))
    return OK
