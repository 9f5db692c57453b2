"""The commands that look after things: doctor, cache, verify."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from idsbench.cli import FINDING, NOTHING, OK


def doctor_command(arguments: argparse.Namespace) -> int:
    """Say what this machine can run; works with broken plugins and missing libraries."""
    from idsbench.catalog import load_catalog
    from idsbench.commands import plugin_choice
    from idsbench.doctor import findings
    from idsbench.tables import render

    print(render(list(findings(load_catalog(*plugin_choice(arguments)))), arguments.format))
    return OK


def cache_command(arguments: argparse.Namespace) -> int:
    """List, clear or verify the cache."""
    from idsbench import cache
    from idsbench.tables import render

    root = cache.cache_folder()
    found = list(cache.entries(root))
    if arguments.action == "clear":
        found += cache.unfinished_folders(root)
        size = sum(_size(path) for path in found)
        for path in found:
            cache.remove(path)
        print(f"{root}: {len(found)} entries, {size / 1e6:.1f} MB removed")
        return OK
    if arguments.action == "list":
        rows = [_entry_row(path, cache.is_made(path)) for path in found]
        rows += [_entry_row(path, False) for path in cache.unfinished_folders(root)]
        print(render(rows, arguments.format))
        return OK
    damaged = [(path, what) for path in found for what in cache.damage(path)]
    for path, what in damaged:
        print(f"{path.relative_to(root)}: {what}", file=sys.stderr)
    print(f"{root}: {len(found)} entries, {len({path for path, _ in damaged})} damaged")
    return FINDING if damaged else OK


def verify_command(arguments: argparse.Namespace) -> int:
    """Recompute a results folder."""
    from idsbench.tables import render
    from idsbench.verify import verify

    done = verify(arguments.results)
    rows = [{"cell": finding.cell, "finding": finding.what} for finding in done.findings]
    if rows or arguments.format == "json":
        print(render(rows, arguments.format))
    wrong = len({finding.cell for finding in done.findings})
    told = sys.stderr if arguments.format == "json" else sys.stdout
    print(
        f"{done.records} records: {done.recomputed} recomputed from evidence, "
        f"{done.without_evidence} ok without evidence here, {wrong} with findings",
        file=told,
    )
    if rows:
        return FINDING
    return OK if done.records else NOTHING


def _entry_row(path: Path, whole: bool) -> dict[str, Any]:
    return {
        "stage": path.parent.name,
        "key": path.name,
        "megabytes": round(_size(path) / 1e6, 3),
        "state": "whole" if whole else "incomplete",
    }


def _size(folder: Path) -> int:
    files: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files)
