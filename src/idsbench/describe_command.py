"""The command `data describe`: propose a card for a table that nobody has seen before."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from idsbench.cli import OK
from idsbench.errors import RequestError


def describe_command(arguments: argparse.Namespace) -> int:
    """Write the card and say what was decided."""
    from idsbench.catalog import load_catalog
    from idsbench.commands import plugin_choice
    from idsbench.describe import describe
    from idsbench.describe_card import card_name, card_text, summary

    out: Path = arguments.out
    problems = []
    if out.suffix != ".toml":
        problems.append(f"--out {out}: a card's name ends in .toml")
    elif out.exists():
        problems.append(f"--out {out}: is there already; remove it or name another")
    elif not out.resolve().parent.is_dir():
        problems.append(f"--out {out}: its folder does not exist")
    if problems:
        raise RequestError(problems)
    proposal = describe(arguments.file, arguments.label, arguments.benign)
    catalog = load_catalog(*plugin_choice(arguments))
    name = card_name(out.stem, [component.name for component in catalog.components("dataset")])
    try:
        out.write_text(card_text(proposal, name), encoding="utf-8")
    except OSError as error:
        raise RequestError([f"--out {out}: cannot be written ({error.strerror})"]) from error
    print("\n".join(summary(proposal)))
    shown = out if out.is_absolute() else os.path.join(".", out)
    print(f"{out}: the card of '{name}'; look through it, then: idsbench run --datasets {shown}")
    return OK
