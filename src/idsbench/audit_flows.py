"""Values that CICFlowMeter writes and that no flow can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from idsbench.audit_finding import ENGELEN, NOTE, WARNING, Finding, percent
from idsbench.audit_roles import plain_name
from idsbench.values import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The tool's names in its two spellings, without case and signs.
MARKS = frozenset(
    "flowduration flowiatmean flowiatstd fwdiattot bwdiattot fwdiattotal bwdiattotal flowbytss "
    "flowbytess flowpktss flowpacketss initbwdwinbyts initwinbytesbackward idlemean".split()
)
FEWEST_MARKS = 5
FORWARD = ("totfwdpkts", "totalfwdpackets", "totalfwdpacket", "fwdpktss", "fwdpacketss")
RATES = ("flowbytss", "flowbytess", "flowpktss", "flowpacketss")
WINDOWS = ("initfwdwinbyts", "initbwdwinbyts", "initwinbytesforward", "initwinbytesbackward")
FLAG_COUNTS = tuple(
    f"{flag}flag{count}"
    for flag in "fin syn rst psh ack urg cwe ece".split()
    for count in ("cnt", "count")
)
CUT_US = 100_000
SHARE = 0.01
Values = Callable[[str], "NDArray[np.float32]"]


def is_flow_table(table: Table) -> bool:
    """Tell CICFlowMeter's columns by their names."""
    return len(MARKS & {plain_name(name) for name in table.columns}) >= FEWEST_MARKS


def flow_findings(table: Table) -> Iterator[Finding]:
    """Find impossible values, in tables with CICFlowMeter's columns only."""
    if not is_flow_table(table):
        return
    columns = {plain_name(name): name for name in table.columns}

    def values(plain: str) -> NDArray[np.float32]:
        return table.x[:, table.columns.index(columns[plain])]

    rows = len(table.x)
    yield from _zero_forward(columns, values, rows)
    duration = values("flowduration") if "flowduration" in columns else np.ones(rows)
    still = duration == 0
    for plain in (rate for rate in RATES if rate in columns and still.any()):
        wrong = int((still & (values(plain) > 0)).sum())
        what = f"{wrong:,} flows of duration 0 have a rate: it was divided by zero or made up"
        yield from _impossible(columns[plain], what, wrong, rows)
    for plain in (window for window in WINDOWS if window in columns):
        wrong = int((values(plain) == -1).sum())
        what = f"{wrong:,} rows have -1 where no window was seen: a sentinel, not a size"
        yield from _impossible(columns[plain], what, wrong, rows)
    yield from _boolean_flags(columns, values)
    if "flowduration" in columns and CUT_US * 0.9 < duration.max() < CUT_US:
        what = (
            f"no flow is longer than {duration.max():,.0f} µs: sessions are cut at 0.1 s into many "
            "near-identical rows, so idle and active times mean nothing"
        )
        column = (columns["flowduration"],)
        yield Finding(WARNING, "impossible-values", what, columns=column, source=ENGELEN)


def _zero_forward(columns: dict[str, str], values: Values, rows: int) -> Iterator[Finding]:
    for plain in FORWARD:
        if plain in columns:
            wrong = int((values(plain) == 0).sum())
            what = (
                f"{wrong:,} flows ({percent(wrong / rows)}) have no packet from their initiator: "
                "directions are unreliable"
            )
            yield from _impossible(columns[plain], what, wrong, rows)
            return


def _boolean_flags(columns: dict[str, str], values: Values) -> Iterator[Finding]:
    there = [plain for plain in FLAG_COUNTS if plain in columns]
    if there and all(values(plain).max() <= 1 for plain in there):
        names = tuple(columns[plain] for plain in there)
        what = "columns that should count flags never exceed 1: they are booleans"
        yield Finding(NOTE, "impossible-values", what, columns=names, source=ENGELEN)


def _impossible(column: str, what: str, wrong: int, rows: int) -> Iterator[Finding]:
    if wrong:
        severity = WARNING if wrong > SHARE * rows else NOTE
        share = wrong / rows
        columns = (column,)
        yield Finding(severity, "impossible-values", what, columns, wrong, share, ENGELEN)
