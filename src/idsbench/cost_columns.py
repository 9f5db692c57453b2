"""The cost row for people: what each line costs besides size and latency, and its parity.

Parity is how a deployed model decides on the same test rows beside the trained one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from idsbench.leaderboard_columns import Column, Grid, amount, named, quantity, score
from idsbench.ranking import Line
from idsbench.rowkeys import PARITY_KEYS

TITLE = "Cost of each line, and how a deployed model decides beside the trained one"
NOTHING = "-"


def deployed(lines: Sequence[Line]) -> bool:
    """Whether a line ran on a target whose decisions were compared with the trained model's."""
    return any(key in row for line in lines for row in line.rows for key in PARITY_KEYS)


def cost_grid(lines: Sequence[Line]) -> Grid:
    """Lay out the cost of the ranked lines of one group, named as in the leaderboard above.

    A figure that no line has gets no column; one that any target may give is named as missing.
    """
    columns, _ = named(lines)
    missing = []
    for column in COLUMNS:
        cells = [column.cell(line) for line in lines]
        if any(cells):
            columns[column.header] = [cell or NOTHING for cell in cells]
        elif column.header in _EVERYWHERE:
            missing.append(column.header)
    notes = [f"No value in any line: {', '.join(missing)}."] if missing else []
    by_line = zip(*columns.values(), strict=True)
    return Grid([dict(zip(columns, cells, strict=True)) for cells in by_line], notes)


def signed(value: float) -> str:
    """Give a change in three decimals, or as many as keep it apart from 0.

    >>> [signed(one) for one in (0, 0.0220318, -0.00012884, -0.5)]
    ['0', '+0.022', '-0.0001', '-0.500']
    """
    if value == 0:
        return "0"
    return f"{value:+.3f}" if abs(value) >= 0.0005 else f"{value:+.1g}"


def _change(key: str) -> Callable[[Line], str]:
    def cell(line: Line) -> str:
        value = line.mean(key)
        return "" if value is None else signed(value)

    return cell


def _throughput(line: Line) -> str:
    """Give rows per second, and the batch size that gave them where it is one for all seeds."""
    rows, batches = amount("throughput_rows_per_s")(line), set(line.values("throughput_batch"))
    return f"{rows} ({batches.pop():g})" if rows and len(batches) == 1 else rows


def _energy(line: Line) -> str:
    """Give the energy with its interval, where one record has one, and the method."""
    value = amount("energy_uj_per_row")(line)
    ends = [line.mean(f"energy_uj_{end}") for end in ("low", "high")]
    known = [quantity(end) for end in ends if end is not None]
    both = f" [{', '.join(known)}]" if len(known) == 2 and len(line.rows) == 1 else ""
    return f"{value}{both} ({'+'.join(sorted(line.texts('energy_method')))})" if value else ""


_EVERYWHERE = ("MACs", "RSS MB", "p95 us", "rows/s (batch)", "prep us", "start s", "energy uJ")

COLUMNS = (
    Column(
        "MACs", amount("macs"), "multiplications with an addition per row, as the model has it."
    ),
    Column(
        "RSS MB",
        amount("peak_rss_mb"),
        "peak memory of a fresh process that loads only the runtime and scores.",
    ),
    Column("p95 us", amount("latency_p95_us"), "95th percentile of the latency of one row."),
    Column(
        "rows/s (batch)",
        _throughput,
        "rows per second at the best batch size.",
    ),
    Column(
        "prep us",
        amount("featurize_us_per_row"),
        "the featurizer's microseconds per row, which no latency holds; capture, flow assembly and "
        "parsing are in no figure.",
    ),
    Column(
        "start s",
        amount("start_up_s"),
        "seconds from asking for a fresh process to its first score.",
    ),
    Column(
        "energy uJ",
        _energy,
        "microjoules per row [95 % interval, where measured] (how it was found).",
    ),
    Column(
        "instr",
        amount("instructions_per_inference"),
        "instructions of the processor per row, counted.",
    ),
    Column("code B", amount("code_bytes"), "bytes of compiled code."),
    Column("data B", amount("data_bytes"), "bytes of constants and variables beside the code."),
    Column(
        "agreement",
        score("agreement"),
        "share of test rows that the deployed model decides as the trained one; at least 0.95, "
        "else the record is invalid.",
    ),
    Column(
        "FPR change",
        _change("fpr_change"),
        "FPR on the target minus the trained model's; at most 0.05 either way, else invalid.",
    ),
    Column("AUC change", _change("auc_change"), "AUC on the target minus the trained model's."),
    Column(
        "McNemar p",
        score("mcnemar_p"),
        "exact two-sided p that decisions turned wrong as often as right, by clusters of rows.",
    ),
)
