"""The published tables that come with idsbench, and their rows beside measured ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from idsbench.claims_file import Claim, read_claims
from idsbench.errors import RequestError
from idsbench.rowkeys import ROW_KEYS

PUBLISHED = "published"


def folder() -> Path:
    """Give the folder of the shipped claims: in the package, or in the checkout it runs from."""
    package = Path(__file__).parent
    for place in (package, package.parents[1]):
        found = place / "benchmarks" / "claims"
        if found.is_dir():
            return found
    raise RequestError([f"the published tables are missing from {package}; install idsbench again"])


def shipped_claims() -> tuple[Claim, ...]:
    """Read all shipped claims, in the order of their files' names."""
    return tuple(claim for file in sorted(folder().glob("*.toml")) for claim in read_claims(file))


def published_rows(
    records: Iterable[Mapping[str, Any]], claims: Iterable[Claim]
) -> list[dict[str, Any]]:
    """Give the published rows for the datasets and models that some records measure.

    Each has the keys of a row; its status is `published`, so that no leaderboard ranks it, and
    its reason begins with the verdict.

    Args:
        records: records or rows, of which dataset and model are looked at.
        claims: the published rows to choose from.
    """
    measured = {(_bare(row.get("dataset")), _bare(row.get("model"))) for row in records}
    rows = []
    for claim in claims:
        wanted = [
            (dataset, model)
            for dataset in claim.cell.get("dataset", ())
            for model in claim.cell.get("models", ())
        ]
        found = [pair for pair in wanted if pair in measured]
        if found:
            rows.append(_row(claim, *found[0]))
    return rows


def _row(claim: Claim, dataset: str, model: str) -> dict[str, Any]:
    from idsbench.claims import check

    checked = check(claim)
    row: dict[str, Any] = dict.fromkeys(ROW_KEYS)
    row.update({key: checked[key] for key in ROW_KEYS if key in checked and key != "reason"})
    sizes = claim.sizes[claim.counts]
    row.update(
        dataset=dataset,
        model=model,
        variant=PUBLISHED,
        status=PUBLISHED,
        reason=f"{checked['verdict']}: {checked['reason']}",
        task="binary",
        sampler=", ".join(claim.cell.get("sampler", ())) or None,
        protocol=", ".join(claim.cell.get("protocol", ())) or None,
        prevalence=sizes.attack / sizes.rows,
        flags=[],
        identity=f"published/{claim.claim}/{claim.row}",
    )
    return row


def _bare(spec: Any) -> str:
    return str(spec or "").partition("[")[0]
