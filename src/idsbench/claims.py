"""Are published numbers possible? Pure functions of the numbers as printed (`EVALUATION.md`).

A row is `impossible` under every reading tried, `conditional` (possible only under a reading that
the paper does not state), or `consistent` (possible under the plain one). Nothing is looked up:
the verdict follows from the counts and the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from idsbench.claims_bounds import PRINTED
from idsbench.claims_file import Claim
from idsbench.claims_library import second_opinion
from idsbench.claims_mix import at_natural_mix, remarks, value_of
from idsbench.claims_readings import Result, readings_of, try_reading
from idsbench.claims_reason import contradiction
from idsbench.claims_scores import METRICS

VERDICTS = ("impossible", "conditional", "consistent")


def check(claim: Claim) -> dict[str, Any]:
    """Check one published row.

    Returns:
        One object: claim, paper, source, row, verdict, reading, reason, the printed scores as
        fractions, what they mean at the natural mix, and `readings`, one object for each reading
        tried. What the paper does not print is None.
    """
    results = [try_reading(claim, reading) for reading in readings_of(claim)]
    verdict = verdict_of(results)
    return {
        "claim": claim.claim,
        "paper": claim.paper,
        "source": claim.source,
        "row": claim.row,
        "verdict": verdict,
        "reading": _reading(results, verdict),
        "reason": _reason(claim, results, verdict),
        **{name: value_of(claim, name) for name in METRICS},
        **at_natural_mix(claim),
        "readings": [_tried(claim, result) for result in results],
    }


def verdict_of(results: Sequence[Result]) -> str:
    """Give one of `VERDICTS`. A reading that was not decided keeps a row from being impossible."""
    if any(result.possible and result.plain for result in results):
        return "consistent"
    return "impossible" if all(one.possible is False for one in results) else "conditional"


def _reading(results: Sequence[Result], verdict: str) -> str:
    if verdict == "impossible":
        return f"none of the {len(results)} tried"
    if verdict == "consistent":
        (best, *_) = [result for result in results if result.possible and result.plain]
        return best.reading.words()
    return "only if " + ", or ".join(_words(one) for one in results if one.possible is not False)


def _words(result: Result) -> str:
    cut = ", numbers cut instead of rounded" if result.printed != PRINTED[0] else ""
    unknown = " (not decided: too many confusion matrices)" if result.possible is None else ""
    return f"{result.reading.words()}{cut}{unknown}"


def _reason(claim: Claim, results: Sequence[Result], verdict: str) -> str:
    good = [result for result in results if result.possible]
    if verdict == "consistent":
        (best, *_) = [result for result in good if result.plain]
        return _sentences([_matrices(best), *_natural(claim)])
    parts = [contradiction(claim, results[0].sizes, results[0].reading.scoring), *remarks(claim)]
    if verdict == "conditional":
        parts += [f"possible only with {_matrices(result)}" for result in good]
    else:
        tests = dict.fromkeys(result.reading.test for result in results)
        kinds = dict.fromkeys(result.reading.scoring for result in results)
        parts.append(
            f"impossible under all {len(results)} readings tried: the test set is "
            f"{' or '.join(tests)}; scores are read as {', '.join(kinds)}, rounded or cut"
        )
    return _sentences(parts)


def _sentences(parts: Sequence[str]) -> str:
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def _matrices(result: Result) -> str:
    """Say how many confusion matrices fit, and which errors they have."""
    found, sizes = result.found, result.sizes
    assert found.false is not None
    assert found.missed is not None
    amount = f"{'' if found.complete else 'at least '}{found.matrices:,} confusion "
    amount += "matrix" if found.matrices == 1 else "matrices"
    return (
        f"{_span(found.false)} false alarms and {_span(found.missed)} missed attacks: {amount} "
        f"of {sizes.attack:,} attack and {sizes.benign:,} benign rows "
        f"with every printed score ({_words(result)})"
    )


def _span(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,} to {ends[1]:,}"


def _natural(claim: Claim) -> list[str]:
    """Say what a row on a balanced table hides."""
    sizes, natural, values = claim.sizes[claim.counts], claim.natural, at_natural_mix(claim)
    precision, a_day = values["precision_natural"], values["false_alarms_per_day"]
    if natural is None or sizes == natural or precision is None:
        return []
    alarms = "" if a_day is None else f" and {a_day:,.0f} false alarms a day"
    return [
        f"at the original mix ({natural.attack:,} : {natural.benign:,}) the same detector has a "
        f"precision of {precision * 100:.0f} %{alarms}"
    ]


def _tried(claim: Claim, result: Result) -> dict[str, Any]:
    reading, sizes, found = result.reading, result.sizes, result.found
    return {
        "test": reading.test,
        "attack_rows": sizes.attack,
        "benign_rows": sizes.benign,
        "scores": reading.scoring,
        "plain": result.plain,
        "possible": result.possible,
        "printed": result.printed,
        "matrices": found.matrices,
        "false_alarms": found.false,
        "missed": found.missed,
        "reason": "" if result.possible else contradiction(claim, sizes, reading.scoring),
        "mlscorecheck": second_opinion(claim, reading.scoring, sizes, result.printed),
    }
