"""The command `claims`: published tables in, a verdict for each row out."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idsbench.cli import OK
from idsbench.tables import check_format, plain, render

FEW = ("claim", "row", "verdict", "precision_natural", "false_alarms", "false_alarms_per_day")
WIDTH = 100


def claims_command(arguments: argparse.Namespace) -> int:
    """Check published numbers; exit code 0 whatever is found."""
    from idsbench.claims import check
    from idsbench.claims_file import read_claims
    from idsbench.claims_published import shipped_claims

    check_format(arguments.format)
    claims = read_claims(arguments.file) if arguments.file else shipped_claims()
    print(text_of([check(claim) for claim in claims], arguments.format))
    return OK


def text_of(rows: Sequence[Mapping[str, Any]], fmt: str) -> str:
    """Render checked rows: JSON has all, a table for people the verdicts with their reasons."""
    if fmt == "json":
        return render(rows, fmt)
    if fmt == "table":
        short = [{key: _whole(key, row[key]) for key in FEW} for row in rows]
        return "\n".join([render(short, fmt), *_reasons(rows)])
    return render([{key: row[key] for key in row if key != "readings"} for row in rows], fmt)


def _whole(key: str, value: Any) -> Any:
    return round(value) if value is not None and key.startswith("false_alarms") else value


def _reasons(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield ""
        yield plain(f"{row['claim']} / {row['row']}: {row['verdict']}")
        for key in ("reading", "reason"):
            text = f"{key}: {row[key]}".replace(" %", "\xa0%")  # no break before the sign
            filled = textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
            yield filled.replace("\xa0", " ")
