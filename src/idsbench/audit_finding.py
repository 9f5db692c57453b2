"""What an audit finds: one value per finding, in an order that puts the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

LEAK, WARNING, NOTE = "leak", "warning", "note"
SEVERITIES = (LEAK, WARNING, NOTE)
SHOWN_COLUMNS = 3

FLOOD = "Flood et al. 2024, doi 10.1109/EuroSP60621.2024.00042"
ARP = "Arp et al. 2022, USENIX Security, Dos and Don'ts of ML in Computer Security"
KAPOOR = "Kapoor and Narayanan 2023, doi 10.1016/j.patter.2023.100804"
KOSTAS = "Kostas et al. 2025, doi 10.1109/LNET.2025.3525901"
ENGELEN = "Engelen et al. 2021, doi 10.1109/SPW53761.2021.00009"
BOUKE = "Bouke and Abdullah 2023, doi 10.1016/j.eswa.2023.120715"
OURS = "idsbench, measured on the table"


@dataclass(frozen=True)
class Finding:
    """One thing that a reader must know before trusting scores on these data.

    Args:
        severity: "leak" (a score can be high without detecting anything), "warning" (a score means
            less than it seems) or "note".
        check: the name of the check, lower-case words joined by hyphens.
        what: one plain sentence.
        columns: the columns concerned; empty where it is about rows.
        rows: how many rows are concerned; None where it is about columns.
        figure: the measured fraction or score that decided it; None where there is none.
        source: whose critique the check follows.
    """

    severity: str
    check: str
    what: str
    columns: tuple[str, ...] = ()
    rows: int | None = None
    figure: float | None = None
    source: str = OURS


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by severity; findings of one severity keep the order of the checks.

    >>> [one.severity for one in ordered([Finding("note", "a", ""), Finding("leak", "b", "")])]
    ['leak', 'note']
    """
    return sorted(findings, key=lambda one: SEVERITIES.index(one.severity))


def row(finding: Finding, whole: bool = True) -> dict[str, Any]:
    """Give a finding as a row for `idsbench.tables.render`; fractions keep six digits.

    Where it is not for a program (`whole` False), long lists of columns are cut, with their number,
    and a source is its authors and year.
    """
    if not whole:
        finding = replace(
            finding, columns=_cut(finding.columns), source=finding.source.partition(",")[0]
        )
    return {
        "severity": finding.severity,
        "check": finding.check,
        "columns": list(finding.columns),
        "rows": finding.rows,
        "figure": None if finding.figure is None else round(finding.figure, 6),
        "what": finding.what,
        "source": finding.source,
    }


def _cut(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) <= SHOWN_COLUMNS + 1:
        return names
    return (*names[:SHOWN_COLUMNS], f"and {len(names) - SHOWN_COLUMNS} more")


def percent(share: float) -> str:
    """Write a fraction for a sentence.

    >>> percent(0.6754), percent(0.0004), percent(1.0)
    ('67.5 %', '0.04 %', '100 %')
    """
    value = 100 * share
    digits = f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"
    return f"{digits.removesuffix('.0')} %"
