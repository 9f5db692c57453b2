"""The commands `history` and `baseline`."""

from __future__ import annotations

import argparse

from idsbench.cli import NOTHING, OK
from idsbench.errors import RequestError


def history_command(arguments: argparse.Namespace) -> int:
    """Show a metric over runs; or add a run, or a note on one."""
    from idsbench import history, history_figure, history_text
    from idsbench.baselines import save
    from idsbench.store import write_text

    if arguments.add:
        if not arguments.run:
            raise RequestError(["--add needs --run NAME; names are shown in their order"])
        kept = save(arguments.run, arguments.add, arguments.folder)
        print(f"{kept.folder}: {len(kept.records)} records")
        return OK
    if arguments.note:
        if not arguments.run:
            raise RequestError(["--note needs --run NAME: the run or commit it is about"])
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
