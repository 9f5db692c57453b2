"""What a target does before it scores has limits of its own: a runtime that hangs costs its cell alone.

Both sides are here: the job notes in its folder what a target is about to do, and the runner ends a
job whose note stays too long. The runner, because a runtime may hang where no thread of the job's
own process gets to run. Time that the job stood still, for another to be timed, does not count.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idsbench.errors import CellError
from idsbench.solo import pauses_of, stood_s

LOADING, FIRST_ROW, DEPLOYING = "loading", "scoring a first row", "deploying"
LIMITS_S = {LOADING: 60.0, FIRST_ROW: 60.0, DEPLOYING: 600.0}
LONGEST_S = 86_400.0
RESULT = "result.json"  # in a job's folder: how it went
_NOTE, _PARTIAL = "loading.json", ".loading.json.tmp"


def watched_in(folder: Path) -> dict[str, Any]:
    """Give what a job must be told to note what its target does, with the limits (s)."""
    return {"loading": {"folder": str(folder), "limits_s": LIMITS_S}}


@contextlib.contextmanager
def limited(job: Mapping[str, Any], what: str, target: object = None) -> Iterator[None]:
    """Have the runner end this job if what is done here takes longer; one that it does not watch goes on.

    Args:
        job: its payload.
        what: is done, a key of the limits.
        target: that may state its own `loading_s`.

    Raises:
        CellError: what the target states is no such time.
    """
    if "loading" not in job:
        yield
        return
    folder = Path(job["loading"]["folder"])
    limit_s = _own_s(target) or job["loading"]["limits_s"][what]
    note = {"what": f"{what} on {job['on']}", "since": time.monotonic(), "limit_s": limit_s}
    (folder / _PARTIAL).write_text(json.dumps(note), encoding="utf-8")
    (folder / _PARTIAL).replace(folder / _NOTE)
    try:
        yield
    finally:
        (folder / _NOTE).unlink(missing_ok=True)


def _own_s(target: object) -> float | None:
    value = getattr(target, "loading_s", None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CellError(f"the target's loading_s is {value!r:.60}, not a number of seconds")
    if not 0 < value <= LONGEST_S:
        raise CellError(
            f"the target's loading_s is {value:g}, not above 0 and {LONGEST_S:.0f} at most"
        )
    return float(value)


@dataclass
class Watch:
    """What the runner knows of a job whose target may hang. Times are of the monotonic clock.

    Args:
        folder: the job's own.
        stopped: that it stands still.
        reason: the limit that it broke; `condemned`: when that was seen; `rung`: signals sent.
    """

    folder: Path
    stopped: bool = False
    reason: str = ""
    condemned: float = 0.0
    rung: int = 0

    def look(self, now: float) -> bool:
        """Tell whether the job is over a limit, now or before."""
        if not self.reason and not self.stopped:
            self.reason, self.condemned = overdue(self.folder, now), now
        return bool(self.reason)

    def answer(self) -> None:
        """Write the outcome of a job that was ended, in its place."""
        said = {"outcome": "timeout", "reason": self.reason}
        (self.folder / RESULT).write_text(json.dumps(said), encoding="utf-8")


def overdue(folder: Path, now: float) -> str:
    """Say what a job's target has not finished in its time; "" where nothing is late."""
    try:
        note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    since, limit_s = note["since"], note["limit_s"]
    if now - since - stood_s(pauses_of(folder), since, now) <= limit_s:
        return ""
    return f"{note['what']} did not finish within {limit_s:g} s"
