"""The readings of a published row: which test set, whose scores, and how numbers were printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from idsbench.claims_bounds import PRINTED, bounds_of
from idsbench.claims_file import Claim
from idsbench.claims_scores import SCORINGS, Sizes
from idsbench.claims_solve import Found, solve


@dataclass(frozen=True)
class Reading:
    """One way to understand a row.

    Args:
        test: the test set in words.
        scoring: one of `claims_scores.SCORINGS`.
        plain: whether this is what the words of the paper say.
        sizes: the test set's rows; where a share is no whole number, each way to round it.
    """

    test: str
    scoring: str
    plain: bool
    sizes: tuple[Sizes, ...]

    def words(self) -> str:
        """Say it in one phrase."""
        return f"test set = {self.test}, {SCORINGS[self.scoring]}"


@dataclass(frozen=True)
class Result:
    """What became of one reading.

    Args:
        reading: the reading.
        sizes: the test set for which matrices were found, else the nearest one.
        printed: one of `claims_bounds.PRINTED`.
        found: the confusion matrices.
    """

    reading: Reading
    sizes: Sizes
    printed: str
    found: Found

    @property
    def possible(self) -> bool | None:
        """Whether some confusion matrix fits; None when the search was given up."""
        return True if self.found.matrices else None if not self.found.complete else False

    @property
    def plain(self) -> bool:
        """Whether nothing but the plain reading is needed."""
        return self.reading.plain and self.printed == PRINTED[0]


def readings_of(claim: Claim) -> Iterator[Reading]:
    """Give all readings of a row, the plain ones first."""
    tests = sorted(_tests(claim), key=lambda test: not test[1])
    for scoring in SCORINGS:
        for name, plain, sizes in tests:
            yield Reading(name, scoring, plain and scoring == "attack", sizes)


def try_reading(claim: Claim, reading: Reading) -> Result:
    """Find the confusion matrices of one reading; cut numbers are tried when rounded ones fail."""
    failed = []
    for printed in PRINTED:
        bounds = [bounds_of(claim, name, printed) for name in claim.scores]
        for sizes in reading.sizes:
            result = Result(reading, sizes, printed, solve(sizes, reading.scoring, bounds))
            if result.possible:
                return result
            failed.append(result)
    undecided = [result for result in failed if result.possible is None]
    return (undecided or failed)[0]


def _tests(claim: Claim) -> Iterator[tuple[str, bool, tuple[Sizes, ...]]]:
    own = claim.sizes[claim.counts]
    if claim.counts == "test":
        yield "the published test set", True, (own,)
        return
    yield f"the whole {claim.counts} table", True, (own,)
    if claim.test_share is None:
        return
    percent = f"{(claim.test_share * 100).normalize():f} %"
    for name, words in (("balanced", "of the balanced table"), ("original", "at the original mix")):
        if name in claim.sizes:
            parts = _parts(claim.sizes[name], claim.test_share)
            yield f"{percent} {words}", name == claim.counts, parts


def _parts(sizes: Sizes, share: Decimal) -> tuple[Sizes, ...]:
    """Give the rows of a share, the nearest whole numbers first, then their neighbours.

    No class is left without a row.
    """
    found = [
        [int((count * share).to_integral_value(way)) for way in _WAYS]
        for count in (sizes.attack, sizes.benign)
    ]
    pairs = {(a, b): None for a in found[0] for b in found[1] if a and b}
    return tuple(Sizes(*pair) for pair in pairs)


_WAYS = (ROUND_HALF_UP, ROUND_FLOOR, ROUND_CEILING)
