"""A comparison against limits: which changes are regressions, and which could not have been seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from idsbench.compare_metrics import IDENTICAL
from idsbench.compare_pairs import NEITHER
from idsbench.compare_text import noticed, percent, said
from idsbench.compare_values import Compared
from idsbench.gate_rules import Limit, Rules

Status = Literal[
    "regression",
    "threshold moved",
    "not comparable",
    "cannot see",
    "within limit",
    "ok",
    "no result",
]
STATUSES: tuple[Status, ...] = get_args(Status)
UNCOMPARED: tuple[Status, ...] = ("not comparable", "no result")
REGRESSION, NOTHING, PASSED = 3, 4, 0


@dataclass(frozen=True)
class Guarded:
    """One metric under a limit, or a cell that has no counterpart; `message` is one sentence."""

    compared: Compared
    limit: Limit | None
    status: Status
    message: str


@dataclass(frozen=True)
class Answer:
    """What a gate says: worst first, and the exit code."""

    guarded: tuple[Guarded, ...]
    exit_code: int
    summary: str


def judge(compared: Sequence[Compared], rules: Rules) -> Answer:
    """Hold a comparison against the limits."""
    guarded = [
        _guard(one, rules) for one in compared if not one.metric or one.metric in rules.limits
    ]
    guarded.sort(key=lambda one: STATUSES.index(one.status))  # stable: worst changes stay first
    code, summary = _conclusion(guarded, rules)
    return Answer(tuple(guarded), code, summary)


def _guard(one: Compared, rules: Rules) -> Guarded:
    limit = rules.limits.get(one.metric)
    if one.reason.startswith(NEITHER):
        return Guarded(one, limit, "no result", said(one))
    if one.tested is None or limit is None:
        return Guarded(one, limit, "not comparable", said(one))
    change = f"{one.metric} {percent(one.tested.change)}"
    allowed = f"the limit is {_shown(one, limit)}"
    if _is_over(one, limit):
        if one.verdict == "threshold moved":
            return Guarded(one, limit, "threshold moved", f"{change}, {allowed}; {one.reason}")
        if one.verdict == "worse":
            return Guarded(one, limit, "regression", f"{change}, {allowed}")
    if not _could_see(one, limit):
        chance = f"{change} may be chance; " if _is_over(one, limit) else ""
        why = f"{chance}would notice {noticed(one)}, {allowed}"
        return Guarded(one, limit, "cannot see", "; ".join(filter(None, (why, one.reason))))
    if one.verdict in ("worse", "threshold moved"):
        return Guarded(one, limit, "within limit", f"{change}, {allowed}")
    if one.tested is IDENTICAL:
        return Guarded(one, limit, "ok", "identical at every seed")
    if one.tested.notice is None:
        return Guarded(one, limit, "ok", f"{change}; a share has no room to pass the limit")
    return Guarded(one, limit, "ok", f"{change}; would notice {noticed(one)}")


def _shown(one: Compared, limit: Limit) -> str:
    sign = -1 if "decrease" in limit.rule else 1
    floor = f" and {limit.absolute:g}" if limit.absolute else ""
    return f"{percent(sign * limit.relative)}{floor}"


def _is_over(one: Compared, limit: Limit) -> bool:
    if one.tested is None or one.old is None or one.new is None:
        return False
    sign = -1 if "decrease" in limit.rule else 1
    relative, absolute = sign * one.tested.change, sign * (one.new - one.old)
    return relative > limit.relative and absolute > limit.absolute


def _could_see(one: Compared, limit: Limit) -> bool:
    if one.tested is None:
        return False
    floor = limit.absolute / one.old if one.old else 0.0
    least = max(limit.relative, floor)
    if one.tested.notice is None:
        # A share that would have to pass 1 to be over the limit cannot be over it.
        return "increase" in limit.rule and (one.old or 0.0) * (1 + least) >= 1
    return one.tested.notice <= least


def _conclusion(guarded: Sequence[Guarded], rules: Rules) -> tuple[int, str]:
    counts = {status: sum(one.status == status for one in guarded) for status in STATUSES}
    said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    if not sum(count for status, count in counts.items() if status not in UNCOMPARED):
        return NOTHING, f"nothing comparable{f' ({said})' if said else ''}"
    failing: list[Status] = ["regression"]
    if not rules.allow_moved_threshold:
        failing.append("threshold moved")
    if rules.strict:
        failing += ["not comparable", "cannot see"]
    found = [status for status in failing if counts[status]]
    if found:
        return REGRESSION, f"FAILED: {said}"
    return PASSED, f"passed: {said}"
