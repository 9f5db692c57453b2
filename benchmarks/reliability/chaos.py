"""Kill random processes of a run at random moments, and look whether anything was lost.

After every kill: no record is half-written and none that was finished is gone. After every run: no
process of it is left and the results folder is free. When a round's cells are all there: the same
records, scores and evidence bytes as an undisturbed run has.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runs import (
    GONE_S,
    Place,
    Started,
    finish,
    flaws,
    gone_after_s,
    is_locked,
    kill,
    members,
    run_through,
    said,
    start,
    statuses,
)

from idsbench import metrics, store
from idsbench.evidence import load_evidence
from idsbench.verify import verify

MODELS = "faulty,faulty[fault=nap]"
NAMES = {signal.SIGKILL: "kill -9", signal.SIGTERM: "SIGTERM", signal.SIGINT: "Ctrl-C"}
ENDING = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ROLES = ("runner", "fork server", "job", "footprint", "job", "runner", "footprint", "fork server")
MOST_S = 0.8  # between two disturbances of one run
PATIENCE_S = 3.0  # how long a process of the chosen role is waited for
TRUNCATED = "a truncated file of the {}"
UNHARMED = (130, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)


@dataclass
class Storm:
    """What was done and what was found.

    Args:
        kills: how often each kind of harm was done.
        runs, rounds: runs started; times that all cells came to be.
        slowest_end_s: the longest that a process outlived its run.
        findings: what should not have been; empty when nothing was lost.
    """

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    rounds: int = 0
    cells: int = 0
    slowest_end_s: float = 0.0
    findings: list[str] = field(default_factory=list)


@dataclass
class _Round:
    """One set of folders, disturbed until all its cells are there."""

    place: Place
    arguments: tuple[str, ...]
    storm: Storm
    rng: random.Random
    gone_s: float
    harmed: set[str] = field(default_factory=set)
    deck: list[str] = field(default_factory=list)

    def disturb(self) -> None:
        """Start one run and harm it until it ends."""
        self.storm.runs += 1
        before = statuses(self.place.results)
        jobs = str(self.rng.choice((1, 2)))
        run = start(self.place, *self.arguments, "--jobs", jobs)
        only_runner = True
        while run.process.poll() is None:
            time.sleep(self.rng.uniform(0.0, MOST_S))
            role = self._strike(run, self._next_role())
            only_runner &= role in ("", "runner")
            self._check_records(before)
            if role == "runner":
                break
        self._check_end(run)
        after = statuses(self.place.results)
        new = {cell for cell in after if after[cell] == "crashed" and before.get(cell) != "crashed"}
        if only_runner and new:
            self._find(
                f"a runner that was killed recorded its own death as that of {len(new)} cells"
            )
        if self.rng.random() < 0.5:
            self._truncate()

    def _next_role(self) -> str:
        """Draw from a shuffled deck: every role gets its turn, in no order."""
        if not self.deck:
            self.deck = self.rng.sample(ROLES, len(ROLES))
        return self.deck.pop()

    def _strike(self, run: Started, role: str) -> str:
        """Kill one random process of a role; give the role, empty when there was none."""
        end = time.monotonic() + PATIENCE_S
        victims: list[int] = []
        while not victims and run.process.poll() is None and time.monotonic() < end:
            victims = sorted(pid for pid, name in members(run.token).items() if name == role)
        time.sleep(self.rng.uniform(0.0, 0.1))
        number = self.rng.choice(ENDING) if role == "runner" else signal.SIGKILL
        if not victims or not kill(self.rng.choice(victims), number):
            return ""
        self.storm.kills[f"{NAMES[number]} of the {role}"] += 1
        return role

    def _check_records(self, before: dict[str, str]) -> None:
        now = statuses(self.place.results)
        lost = [cell for cell, status in before.items() if status == "ok" and now.get(cell) != "ok"]
        if lost:
            self._find(f"{len(lost)} finished records were lost")
        self._check_flaws()

    def _check_flaws(self) -> None:
        """Look at all records but those that were harmed here and not yet made again."""
        flawed = dict(flaws(self.place.results))
        self.harmed &= flawed.keys()
        for name in sorted(flawed.keys() - self.harmed):
            self._find(f"{name}: {flawed[name]}")

    def _check_end(self, run: Started) -> None:
        code = finish(run)
        seconds = gone_after_s(run.token)
        self.storm.slowest_end_s = max(self.storm.slowest_end_s, seconds)
        if seconds > self.gone_s:
            self._find(f"a process outlived its run by more than {self.gone_s:g} s")
        if code not in (0, 1, *UNHARMED):
            self._find(f"a run ended with {code}")
        if "Traceback" in said(run) and code != -signal.SIGINT:
            self._find(f"a run ended with a traceback: {said(run).strip().splitlines()[-1]}")
        if is_locked(self.place.results):
            self._find("the results folder stayed locked")
        self._check_flaws()

    def _truncate(self) -> None:
        """Cut a random file, as a loss of power may."""
        where, folder = self.rng.choice(
            [("results", self.place.results), ("cache", self.place.cache)]
        )
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
        if files:
            path = self.rng.choice(files)
            size = self.rng.randrange(path.stat().st_size)
            with path.open("r+b") as stream:
                stream.truncate(size)
            self.harmed.add(path.name[:16])
            self.storm.kills[TRUNCATED.format(where)] += 1

    def settle(self, calm: Place) -> None:
        """Run undisturbed, and compare with a run that always was."""
        self.storm.rounds += 1
        code = run_through(self.place, *self.arguments)
        if code != 0:
            self._find(f"the undisturbed run after the storm ended with {code}")
        for difference in differences(calm.results, self.place.results):
            self._find(difference)

    def _find(self, what: str) -> None:
        self.storm.findings.append(what)


def storm(
    base: Path,
    kills: int,
    seed: int,
    *,
    seeds: int = 8,
    gone_s: float = GONE_S,
    tell: Callable[[str], None] = lambda _: None,
) -> Storm:
    """Do harm until `kills` were done, in as many rounds as that takes.

    Args:
        base: an empty folder.
        kills: how many.
        seed: of all choices; the moments depend on the machine as well.
        seeds: of the toy; there are two cells for each.
        gone_s: how long a process may outlive its run.
        tell: is given a line now and then.
    """
    rng = random.Random(seed)
    arguments = ("--models", MODELS, "--seeds", f"0-{seeds - 1}")
    done = Storm(cells=2 * seeds)
    calm = Place(base / "calm")
    if run_through(calm, *arguments) != 0:
        done.findings.append("the run that nothing disturbs failed")
        return done
    while done.kills.total() < kills:
        this = _Round(Place(base / f"round-{done.rounds}"), arguments, done, rng, gone_s)
        while done.kills.total() < kills:
            this.disturb()
            tell(f"{done.kills.total()} of {kills} kills, {len(done.findings)} findings")
            if set(statuses(this.place.results).values()) == {"ok"} and _all_there(this, seeds):
                break
        this.settle(calm)
    return done


def _all_there(this: _Round, seeds: int) -> bool:
    return len(statuses(this.place.results)) == 2 * seeds


def differences(calm: Path, tried: Path) -> Iterator[str]:
    """Say where a results folder differs from the undisturbed one in what must not differ."""
    expected = {record["cell"]: record for record in store.read_records(calm)}
    found = {record["cell"]: record for record in store.read_records(tried)}
    if expected.keys() != found.keys():
        yield f"{len(found)} records instead of {len(expected)}"
    for cell in sorted(expected.keys() & found.keys()):
        name = f"{cell}.evidence.npz"
        if (calm / name).read_bytes() != (tried / name).read_bytes():
            yield f"{cell}: the evidence differs from the undisturbed run's"
        inputs = expected[cell]["score_inputs"]
        for key in metrics.measure(load_evidence(calm / name), cell=cell, **inputs):
            if expected[cell][key] != found[cell][key]:
                yield f"{cell}: {key} differs from the undisturbed run's"
        if found[cell]["status"] != "ok":
            yield f"{cell}: is {found[cell]['status']}"
    yield from (f"{finding.cell}: {finding.what}" for finding in verify(tried).findings)
    leftover = [path.name for path in tried.iterdir() if path.name.endswith(".tmp")]
    if leftover:
        yield f"{len(leftover)} partial files were left in the results folder"
