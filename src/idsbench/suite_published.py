"""A suite's measured scores beside the published ones: marked with a verdict, never ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from idsbench.claims_file import Claim
from idsbench.claims_published import published_rows
from idsbench.leaderboard_columns import short_specs
from idsbench.ranking import Line, Row, rank, rows
from idsbench.tables_fitted import UNLIMITED
from idsbench.tables_folded import folded, wrapped

SCORES = {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "F1": "f1",
    "FPR": "fpr",
    "AUC": "auc_roc",
}
WEIGHTED = ("precision", "recall", "f1")
TITLE = "Measured beside published"
NOTE = (
    "Published rows stand on all rows of the dataset and on the paper's own test rows; a verdict says "
    "whether their numbers fit each other. Nothing here is ranked."
)


def claim_name(claim: Claim) -> str:
    """Give the name by which a suite calls a published row."""
    return f"{claim.claim}/{claim.row}"


def beside(records: Sequence[Row], claims: Iterable[Claim]) -> list[dict[str, str]]:
    """Give for each published row its scores, and below it what was measured with its sampler.

    Measured scores are means over seeds of every protocol; where a record has support-weighted
    scores too, they follow in a line of their own.
    """
    found: list[dict[str, str]] = []
    for claim in claims:
        published = published_rows(records, [claim])
        if not published:
            continue
        found.append(_published(claim, published[0]))
        lines = _lines(records, claim)
        models = short_specs([line.text("model") for line in lines])
        featurizers = short_specs([line.text("featurizer") for line in lines])
        for line, model, featurizer in zip(lines, models, featurizers, strict=True):
            found += _measured(line, f"{featurizer} {model}", claim)
    return found


def render(
    records: Sequence[Row], claims: Iterable[Claim], fmt: str, width: int = UNLIMITED
) -> str:
    """Render the table with its note; empty where no published row fits the records.

    For people it is no wider than `width`, the columns of the terminal.
    """
    found = beside(records, claims)
    if not found:
        return ""
    heading = {"markdown": f"## {TITLE}", "latex": f"\\section*{{{TITLE}}}"}.get(fmt, TITLE)
    note = wrapped(NOTE, width) if fmt == "table" else NOTE
    return "\n\n".join([heading, note, folded(found, fmt, width)])


def _published(claim: Claim, row: Mapping[str, Any]) -> dict[str, str]:
    verdict = str(row["reason"]).partition(":")[0]
    shown = {header: _digits(row[key]) for header, key in SCORES.items()}
    return {
        **{"row": claim_name(claim), "what": f"published: {verdict}"},
        **{"sampler": str(row["sampler"] or "-"), "protocol": "-", "seeds": "-"},
        **shown,
    }


def _lines(records: Sequence[Row], claim: Claim) -> list[Line]:
    samplers = claim.cell.get("sampler", ())
    chosen = [
        record
        for record in records
        if _bare(record.get("dataset")) in claim.cell.get("dataset", ())
        and _bare(record.get("model")) in claim.cell.get("models", ())
        and (not samplers or _bare(record.get("sampler")) in samplers)
    ]
    return [line for group in rank(rows(chosen)) for line in (*group.ranked, *group.unranked)]


def _measured(line: Line, detector: str, claim: Claim) -> list[dict[str, str]]:
    row = {
        **{"row": claim_name(claim), "what": f"measured: {detector}"},
        **{"sampler": line.text("sampler"), "protocol": line.text("protocol")},
        "seeds": str(line.seeds),
    }
    if not line.ok:
        good = sum(one["status"] == "ok" for one in line.rows)
        return [{**row, "what": f"{row['what']} ({good} of {len(line.rows)} ok)"}]
    found = [row | {header: _digits(line.mean(key)) for header, key in SCORES.items()}]
    if line.mean("f1_weighted") is not None:
        keys = {h: f"{key}_weighted" if key in WEIGHTED else key for h, key in SCORES.items()}
        what = f"{row['what']}, support-weighted"
        found.append(
            {**row, "what": what, **{h: _digits(line.mean(key)) for h, key in keys.items()}}
        )
    return found


def _digits(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _bare(spec: object) -> str:
    return str(spec or "").partition("[")[0]
