"""What `run --dry-run` prints: the planned cells, what stands, what would be skipped and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from idsbench.leaderboard_columns import SPECS
from idsbench.tables import render
from idsbench.tables_folded import folded, too_wide, wrapped

if TYPE_CHECKING:
    from idsbench.plan import Plan
    from idsbench.run import Options

Row = Mapping[str, Any]
SHARED = ("dataset", "task", "protocol", *SPECS, "seed")


def dry_run(plan: Plan, options: Options, fmt: str, width: int) -> str:
    """Render the plan; on a terminal that is too narrow, what all cells share is said once.

    Args:
        plan: the cells.
        options: where earlier results lie, and what is to be run again.
        fmt: one of `idsbench.tables.FORMATS`.
        width: columns of the terminal.

    Raises:
        RequestError: the format is unknown.
    """
    rows = _rows(plan, options)
    if not rows or not too_wide(render(rows, fmt), fmt, width):
        return render(rows, fmt)
    shared = {key: rows[0][key] for key in SHARED if len({row[key] for row in rows}) == 1}
    said = ", ".join(f"{key} {value}" for key, value in shared.items())
    columns = {
        key: [row[key] for row in rows] for key in rows[0] if key not in shared and key != "reason"
    }
    by_row = [
        dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
    ]
    heading = [wrapped(f"All cells: {said}.", width)] if shared else []
    cells: dict[str, list[str]] = {}
    for row in rows:
        cells.setdefault(row["reason"] or "", []).append(row["cell"])
    reasons = [wrapped(f"{', '.join(of)}: {why}", width) for why, of in cells.items() if why]
    table = folded(by_row, fmt, width, names=True)
    return "\n\n".join([*heading, table, *filter(None, ["\n".join(reasons)])])


def _rows(plan: Plan, options: Options) -> Sequence[Row]:
    from idsbench import store
    from idsbench.resume import is_finished

    known = store.read_finished(options.results) if options.results.is_dir() else {}
    asked = (options.retry, options.measure, options.meter)
    rows = []
    for cell in plan.cells:
        finished = not options.fresh and is_finished(cell, known, *asked)
        state = (
            "finished"
            if finished
            else "skip"
            if cell.skip
            else "missing library"
            if cell.missing
            else "run"
        )
        rows.append(
            {
                "cell": cell.id,
                "dataset": cell.source.text,
                "task": cell.task,
                "protocol": cell.protocol.text,
                "sampler": cell.sampler.text,
                "featurizer": cell.featurizers.text,
                "model": cell.model_text,
                "target": cell.target.text,
                "seed": cell.seed,
                "state": state,
                "reason": cell.skip or cell.missing,
            }
        )
    return rows
