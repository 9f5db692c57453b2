"""What a table of protocols shows and does not show, in sentences that follow from its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from idsbench.flags import FLAGS
from idsbench.ranking import Line
from idsbench.worth import label_series, spread
from idsbench.worth_series import Series, flags_of, range_of, whole

LIMITING = (
    *("balanced-before-split", "scaled-before-split", "leaked-rows", "benign-single-capture"),
    *("one-column-shortcut", "label-ordered-rows", "groups-on-two-sides", "conflicting-labels"),
    *("group-missing", "interval-unreliable", "few-benign-validation", "class-missing-in-part"),
    *("capped-training-rows", "constant-scores", "endpoints-as-features"),
    *("identifiers-as-features", "rows-are-packets"),
)


def findings(series: Sequence[Series]) -> Iterator[str]:
    """Say for each series what FPR each protocol gives, and what of it is synthetic rows."""
    for label, one in zip(label_series(series), series, strict=True):
        parts = []
        for protocol, line in one.steps.items():
            fpr, real = range_of(line, "fpr"), range_of(line, "fpr_real")
            if fpr is None:
                parts.append(f"{protocol}: not every seed is ok")
                continue
            text = f"{spread(fpr)} under {protocol}"
            synthetic = range_of(line, "synthetic_share_benign")
            if synthetic and synthetic.greatest and real:
                text += (
                    f" ({spread(real)} on captured rows; "
                    f"{100 * synthetic.mean:.0f} % of its benign test rows are synthetic)"
                )
            parts.append(text)
        yield f"{label}: FPR {', '.join(parts)}."


def limits(series: Sequence[Series]) -> Iterator[str]:
    """Say what the table does not show."""
    lines = [line for one in series for line in one.steps.values()]
    yield from _data(series, lines)
    yield from _seeds(lines)
    yield (
        "The protocols differ in several things at once: on which rows scaling is fitted, which rows "
        "are balanced and where rows are split. A difference is the worth of the whole protocol, "
        "not of one of its steps."
    )
    yield (
        "Each protocol has test rows of its own, and under paper-whole with a sampler also another "
        "share of attacks; so precision and accuracy are not compared here."
    )
    yield (
        "FPR and recall are read at threshold 0.5. A sampler may lower the one by moving the scores "
        "past that threshold, at the cost of the other, without a better detector: compare TPR at "
        "1% FPR, whose threshold is chosen on captured validation rows."
    )
    yield from _benign(lines)
    if any("tpr_at_fpr_1pct" in _nulls(line) for line in lines):
        yield (
            "TPR at 1% FPR is missing where validation holds fewer than 1,000 benign rows: no "
            "threshold for 1 % can be chosen there."
        )
    if any("fpr_unseen" in _nulls(line) for line in lines):
        yield (
            "FPR unseen is missing where, with some seed, every benign test row equals a training row."
        )
    yield (
        "A low FPR unseen is no proof of generality: a row that differs from a training row in its "
        "last digit counts as unseen."
    )
    yield from _grouped([one.steps["grouped"] for one in series if "grouped" in one.steps])
    if any("conflicting-labels" in flags_of(line) for line in lines):
        yield (
            "Many rows have equal features and other labels. They get one score and are on one side "
            "of 0.5 together, so FPR and recall jump from seed to seed; read them as a pair."
        )


def notes(series: Sequence[Series]) -> list[str]:
    """Explain the flags that limit what the records show, with the protocols that raise them."""
    raised: dict[str, dict[str, None]] = {}
    for one in series:
        for protocol, line in one.steps.items():
            for flag in flags_of(line):
                raised.setdefault(flag, {})[protocol] = None
    return [
        f"{flag} ({', '.join(raised[flag])}): {FLAGS[flag]}" for flag in LIMITING if flag in raised
    ]


def _grouped(lines: Sequence[Line]) -> Iterator[str]:
    if not lines:
        return
    if any("group-missing" in flags_of(line) for line in lines):
        yield (
            "The file lacks the card's group column, so grouped keeps rows with equal features on "
            "one side and nothing more: rows of one flow or stream are on both sides."
        )
    yield (
        "grouped stays within the same network, devices and days. None of these protocols tests "
        "another network, another day or an unknown attack."
    )


def _nulls(line: Line) -> list[str]:
    if not line.ok:
        return []
    return [key for key in ("tpr_at_fpr_1pct", "fpr_unseen") if range_of(line, key) is None]


def _data(series: Sequence[Series], lines: Sequence[Line]) -> Iterator[str]:
    variants = {one.names["variant"] for one in series}
    if "stand-in" in variants:
        yield "The rows were generated: these figures say nothing about real detectors."
    shares = [row["coverage"] for line in lines for row in line.rows if row["coverage"] is not None]
    if "excerpt" in variants and shares:
        yield (
            f"The data are an excerpt, {100 * min(shares):.2g} % of the published rows: on all rows "
            "every figure may be another, and the published ones stand on all rows."
        )
    if any("capped-training-rows" in flags_of(line) for line in lines):
        yield (
            "The networks were trained on a part of the training rows and not at the papers' size: "
            "a detector trained longer may gain or lose more by a protocol. Leaked and unseen rows are "
            "told by the rows that it was trained on; with all of them more rows leak."
        )


def _seeds(lines: Sequence[Line]) -> Iterator[str]:
    counts = sorted({len(line.rows) for line in lines})
    if counts == [1]:
        yield "There is one seed: how much of a difference is chance is not known."
        return
    words = " or ".join(map(str, counts))
    yield (
        f"A range is the least and the greatest of {words} seeds. A seed changes split, sampler and "
        "weights together, and the splits of different seeds overlap: it is no confidence interval, "
        "and differences within it may be chance."
    )


def _benign(lines: Sequence[Line]) -> Iterator[str]:
    """Count what an FPR rests on; a line without synthetic rows has none to leave out."""
    captured = [
        (1.0 - (row["synthetic_share_benign"] or 0.0)) * row["n_benign"]
        for line in lines
        for row in line.rows
        if row["n_benign"] is not None
    ]
    groups = [ends for line in lines if (ends := whole(line, "n_benign_groups"))]
    if not captured or not groups:
        return
    few = round(min(captured))
    yield (
        f"An FPR rests on as few as {few:,} captured benign test rows and "
        f"{min(low for low, _ in groups):,} groups: one false alarm more or less is "
        f"{100 / max(few, 1):.2g} percentage points of FPR real there, and rows of one group are "
        "right or wrong together."
    )
