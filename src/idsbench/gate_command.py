"""The command `gate`: exit code 3 for a regression, 4 when nothing was comparable."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from idsbench.gate import STATUSES, Answer, Guarded

CONFIG = Path("pyproject.toml")
MOST_SHOWN = 100
"""Lines for people; where there are more, only those that are not ok are shown."""


def gate_command(arguments: argparse.Namespace) -> int:
    """Hold a results folder against a baseline."""
    from idsbench.compare import compare
    from idsbench.compare_source import opened
    from idsbench.gate import judge
    from idsbench.untrusted import uncollected

    rules = _rules(arguments)
    with (
        opened(arguments.baseline, arguments.path or arguments.results, history=True) as base,
        opened(str(arguments.results)) as head,
        uncollected(),
    ):
        answer = judge(compare(base, head, arguments.same_weights, rules.limits), rules)
        for side, what in ((base, "baseline"), (head, "results folder")):
            if not side.records:
                print(f"idsbench: the {what} {side.label} holds no record", file=sys.stderr)
    print(text_of(answer, arguments.format))
    told = sys.stderr if arguments.format in ("json", "csv", "junit") else sys.stdout
    print(f"gate {answer.summary}", file=told)
    return answer.exit_code


def _rules(arguments: argparse.Namespace) -> Any:
    from idsbench.gate_rules import DEFAULTS, GROUPS, SWITCHES, make_rules

    names = [f"max-{name}-{'decrease' if name == 'recall' else 'increase'}" for name in GROUPS]
    assert set(DEFAULTS) <= set(names)
    flags = {name: getattr(arguments, name.replace("-", "_")) for name in (*names, *SWITCHES)}
    config = arguments.config or (CONFIG if CONFIG.is_file() else None)
    return make_rules(flags, config)


def text_of(answer: Answer, fmt: str) -> str:
    """Render an answer, worst first; people see passed metrics too."""
    from idsbench import tables
    from idsbench.compare_names import names_in
    from idsbench.compare_text import FORMATS, heading, junit, notes
    from idsbench.errors import RequestError, nearest
    from idsbench.tables_fitted import fitted, terminal_width

    if fmt not in FORMATS:
        raise RequestError([f"--format {tables.plain(fmt)} is unknown; {nearest(fmt, FORMATS)}"])
    if fmt == "junit":
        return junit("idsbench gate", [_case(one) for one in answer.guarded])
    if fmt in ("json", "csv"):
        return tables.render([_row(one) for one in answer.guarded], fmt)
    compared = [one.compared for one in answer.guarded]
    names = names_in(compared)
    many = len(answer.guarded) > MOST_SHOWN
    shown = [one for one in answer.guarded if not many or one.status != "ok"]
    rows = [_short(one, names.of(one.compared.pair.name)) for one in shown]
    parts = [*heading(names, fmt), fitted(rows, fmt, terminal_width())] if rows else []
    if many:
        parts.append(f"{len(answer.guarded) - len(shown)} that are ok stand in --format json")
    return "\n\n".join([*parts, *notes(compared, names, fmt)])


def _case(one: Guarded) -> Any:
    outcome = "passed"
    if one.status in STATUSES[:2]:
        outcome = "failure"
    elif one.status in STATUSES[2:4]:
        outcome = "skipped"
    name = one.compared.metric or "cell"
    return one.compared.pair.name, name, outcome, f"{one.status}: {one.message}"


def _row(one: Guarded) -> dict[str, Any]:
    from idsbench.compare_text import as_row

    limit = one.limit
    return {
        **as_row(one.compared),
        "status": one.status,
        "message": one.message,
        "limit": limit.relative if limit else None,
        "limit_absolute": limit.absolute if limit else None,
    }


def _short(one: Guarded, cell: str) -> dict[str, Any]:
    return {
        "cell": cell,
        "metric": one.compared.metric or None,
        "old": one.compared.old,
        "new": one.compared.new,
        "status": one.status,
        "why": one.message,
    }
