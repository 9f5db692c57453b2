"""What the protocol is worth: one table over series, each cell a mean with its range over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from idsbench.leaderboard_columns import fraction, short_specs
from idsbench.ranking import Line
from idsbench.worth_series import Range, Series, range_of, shift_of, whole

PARTS = ("model", "sampler", "featurizer", "target")
NOTHING = "-"

COLUMNS = {
    "FPR": "share of the benign test rows with a score of at least 0.5; lower is better",
    "less clean": "FPR less that of the protocol clean with the same seed; below 0 it shows fewer "
    "false alarms than clean does",
    "FPR real": "FPR over captured rows only, without rows that a sampler made",
    "FPR unseen": "FPR over test rows whose features are in no training row",
    "recall": "share of the attack rows with a score of at least 0.5; higher is better",
    "TPR at 1% FPR": "share of attacks found at the threshold that gives 1 % FPR on captured "
    "validation rows; higher is better",
    "leaked rows": "test rows that equal a training row, or share a parent with a synthetic one",
    "test rows": "all test rows; of them benign; groups of benign rows",
}


def table(series: Sequence[Series]) -> list[dict[str, str]]:
    """Give the rows of the table, for people."""
    labels = label_series(series)
    found = []
    for label, one in zip(labels, series, strict=True):
        for protocol, line in one.steps.items():
            row = {"detector": label, "protocol": protocol}
            found.append(row | _cells(line, one.steps.get("clean"), protocol))
    return found


def label_series(series: Sequence[Series]) -> list[str]:
    """Name each series by its model and sampler, and by featurizer and target where they differ."""
    columns = {part: short_specs([one.names[part] for one in series]) for part in PARTS}
    kept = [
        texts
        for part, texts in columns.items()
        if part in ("model", "sampler") or len(set(texts)) > 1
    ]
    return [", ".join(texts) for texts in zip(*kept, strict=True)]


def _cells(line: Line, base: Line | None, protocol: str) -> dict[str, str]:
    if not line.ok:
        good = sum(row["status"] == "ok" for row in line.rows)
        return {"FPR": f"incomplete: {good} of {len(line.rows)} seeds ok"}
    synthetic = range_of(line, "synthetic_share_benign")
    real = range_of(line, "fpr_real") if synthetic and synthetic.greatest else None
    return {
        "FPR": spread(range_of(line, "fpr")),
        "less clean": NOTHING
        if protocol == "clean"
        else spread(shift_of(line, base, "fpr"), signed=True),
        "FPR real": spread(real) if real else "= FPR",
        "FPR unseen": spread(range_of(line, "fpr_unseen")),
        "recall": spread(range_of(line, "recall")),
        "TPR at 1% FPR": spread(range_of(line, "tpr_at_fpr_1pct")),
        "leaked rows": _leaked(line),
        "test rows": _sizes(line),
    }


def spread(found: Range | None, signed: bool = False) -> str:
    """Give a mean with its range; the mean alone where there is one seed or no spread.

    >>> spread(Range(0.25, 0.125, 0.5, 3)), spread(Range(-0.25, -0.25, -0.25, 1), signed=True)
    ('0.250 [0.125, 0.500]', '-0.250')
    >>> spread(None)
    '-'
    """
    if found is None:
        return NOTHING
    texts = [_number(value, signed) for value in (found.mean, found.least, found.greatest)]
    return texts[0] if texts[1] == texts[2] else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _number(value: float, signed: bool) -> str:
    text = f"{value:+.3f}" if signed else fraction(value)
    return "0" if text in ("+0.000", "-0.000") else text


def _leaked(line: Line) -> str:
    shares = [
        row["leaked_rows"] / row["rows_test"]
        for row in line.rows
        if row["leaked_rows"] is not None and row["rows_test"]
    ]
    found = whole(line, "leaked_rows")
    if not found or len(shares) < len(line.rows):
        return NOTHING
    return f"{_span(found)} ({100 * sum(shares) / len(shares):.0f} %)"


def _sizes(line: Line) -> str:
    found = [whole(line, key) for key in ("rows_test", "n_benign", "n_benign_groups")]
    return "; ".join(_span(one) if one else NOTHING for one in found)


def _span(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,}-{ends[1]:,}"


def legend(headers: Iterable[str]) -> list[str]:
    """Explain the columns."""
    return [f"{header}: {COLUMNS[header]}." for header in headers if header in COLUMNS]
