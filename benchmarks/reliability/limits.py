"""How far over its limit a job gets: jobs that sleep, ignore signals, fork, allocate, or are stopped.

Each case is a run of one cell in a process of its own, with the limits of the command line, watched
from outside: by when its processes were first and last seen.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from runs import Place, Started, finish, gone_after_s, kill, members, start

from idsbench import store
from idsbench.limits import group_rss_mb

TIMEOUT_S = 1.0
MEMORY_MB = 600.0
OVER_S = 1.0  # what a time limit may be overrun by
LOOK_S = 0.01
STOP_AFTER_S = 0.3


@dataclass(frozen=True)
class Case:
    """One misbehaviour under a limit, and the status that it must end with."""

    name: str
    fault: str
    limits: tuple[str, ...]
    status: str
    clock: bool = False
    stop: bool = False


@dataclass(frozen=True)
class Held:
    """How a case went.

    Args:
        over_s: how long the longest job or any child of one lasted beyond the time limit.
        left_s: how long processes outlived the run.
        peak_mb: the most resident memory that was seen in a job and its children.
        finding: what should not have been; empty when the limit held.
    """

    case: Case
    status: str
    over_s: float
    left_s: float
    peak_mb: float
    finding: str = ""


@dataclass
class _Watch:
    """When each process of a run was first and last seen, by id."""

    first: dict[int, float] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    stopped: bool = False

    @property
    def longest_s(self) -> float:
        return max((self.last[pid] - self.first[pid] for pid in self.first), default=0.0)

    def follow(self, run: Started, case: Case) -> None:
        """Look until the run ends; stop its fork server on the way, where the case says so."""
        end = time.monotonic() + 60.0
        while run.process.poll() is None and time.monotonic() < end:
            alive, now = members(run.token), time.monotonic()
            for pid in (pid for pid, role in alive.items() if role in ("job", "other")):
                self.last[pid] = now
                self.first.setdefault(pid, now)
                if case.status == "oom":
                    self.peak_mb = max(self.peak_mb, group_rss_mb(pid))
            if case.stop and not self.stopped and self._lasts(alive):
                servers = [pid for pid, role in alive.items() if role == "fork server"]
                self.stopped = all(kill(pid, signal.SIGSTOP) for pid in servers)
            time.sleep(LOOK_S)

    def _lasts(self, alive: dict[int, str]) -> bool:
        spans = (self.last[pid] - self.first[pid] for pid in self.first if pid in alive)
        return max(spans, default=0.0) > STOP_AFTER_S


TIMEOUT = ("--timeout", f"{TIMEOUT_S:g}")
MEMORY = ("--memory-limit", f"{MEMORY_MB:g}")
CASES = (
    Case("sleeps", "sleep", TIMEOUT, "timeout"),
    Case("ignores interrupt, terminate and hang-up", "stubborn", TIMEOUT, "timeout"),
    Case("starts a process and sleeps", "forks", TIMEOUT, "timeout"),
    Case("sleeps while the clock jumps back a day", "sleep", TIMEOUT, "timeout", clock=True),
    Case("sleeps while its fork server is stopped", "sleep", TIMEOUT, "timeout", stop=True),
    Case("takes memory without end", "allocates", MEMORY, "oom"),
)
# Python imports a module of this name by itself: the runner's clock and every job's jump.
JUMP = """import time
_real, _first = time.time, time.monotonic()
time.time = lambda: _real() - (86400.0 if time.monotonic() - _first > 0.3 else 0.0)
"""


def hold(base: Path, case: Case) -> Held:
    """Run one case in an empty folder."""
    place, extra = Place(base), {}
    if case.clock:
        folder = base / "jump"
        folder.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(JUMP, encoding="utf-8")
        extra["PYTHONPATH"] = str(folder)
    model = f"faulty[fault={case.fault},note={base / 'pid'}]"
    run, watch = start(place, "--models", model, *case.limits, extra=extra), _Watch()
    watch.follow(run, case)
    finish(run, 1.0)
    left = gone_after_s(run.token)
    records = store.read_finished(place.results) if place.results.is_dir() else {}
    status = next((str(record["status"]) for record in records.values()), "no record")
    over = max(0.0, watch.longest_s - TIMEOUT_S) if case.limits == TIMEOUT else 0.0
    finding = ""
    if status != case.status:
        finding = f"{case.name}: {status} instead of {case.status}"
    elif over > OVER_S or left > OVER_S:
        finding = f"{case.name}: {over:.2f} s over the limit, processes for {left:.2f} s more"
    elif case.stop and not watch.stopped:
        finding = f"{case.name}: the fork server was not stopped in time"
    return Held(case, status, over, left, watch.peak_mb, finding)
