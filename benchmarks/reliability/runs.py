"""Start `idsbench run` as a process, find every process that belongs to it, and look at its folders."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from idsbench import store
from idsbench.cache import file_digest
from idsbench.errors import StoreError
from idsbench.record_schema import problems_of

DRIVER = Path(__file__).with_name("driver.py")
MARK = "IDSBENCH_RELIABILITY_RUN"
LONGEST_S = 240.0  # a run that takes longer hangs
GONE_S = 2.0  # how long processes may outlive their run


@dataclass(frozen=True)
class Place:
    """The folders of one run, all below `base`."""

    base: Path

    @property
    def results(self) -> Path:
        return self.base / "results"

    @property
    def cache(self) -> Path:
        return self.base / "cache"


@dataclass(frozen=True)
class Started:
    """A run under way; every process of it carries `token` in its environment."""

    process: subprocess.Popen[bytes]
    token: str
    log: Path


def environment(place: Place, token: str) -> dict[str, str]:
    """Give an environment that keeps the user's cache and data out."""
    data = place.base / "data"
    data.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if key != "IDSBENCH_DATA"}
    named = {"IDSBENCH_CACHE": str(place.cache), "XDG_DATA_HOME": str(data), MARK: token}
    return {**kept, **named}


def command(place: Place, *arguments: str) -> list[str]:
    """Give the command line of a run in a place."""
    chosen = ["run", "--datasets", "toy", "--no-baselines", "--results", str(place.results)]
    return [sys.executable, str(DRIVER), *chosen, *arguments]


def start(place: Place, *arguments: str, extra: Mapping[str, str] | None = None) -> Started:
    """Start a run; what it prints goes to `log` in the place."""
    place.base.mkdir(parents=True, exist_ok=True)
    token = uuid.uuid4().hex
    log = place.base / f"log-{token}.txt"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command(place, *arguments),
            env={**environment(place, token), **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            preexec_fn=heed_interrupts,
        )
    return Started(process, token, log)


def heed_interrupts() -> None:
    """Undo what a shell does to what it starts in the background: such a run ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(run: Started, most_s: float = LONGEST_S) -> int:
    """Wait for a run's exit code; one that hangs is ended, and gives -SIGALRM."""
    try:
        return run.process.wait(most_s)
    except subprocess.TimeoutExpired:
        for pid in members(run.token):
            kill(pid, signal.SIGKILL)
        run.process.wait()
        return -signal.SIGALRM


def run_through(place: Place, *arguments: str, extra: Mapping[str, str] | None = None) -> int:
    """Run undisturbed and give the exit code."""
    return finish(start(place, *arguments, extra=extra))


def said(run: Started) -> str:
    """Give all that a run printed."""
    return run.log.read_text(encoding="utf-8", errors="replace")


def kill(pid: int, number: int) -> bool:
    """Send a signal; False when the process was gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def members(token: str) -> dict[int, str]:
    """Give the live processes of a run by id, with their roles; "other" for what jobs started."""
    found: dict[int, tuple[int, bytes]] = {}
    needle = f"{MARK}={token}".encode()
    for name in os.listdir("/proc"):
        if name.isdigit():
            folder = Path("/proc") / name
            try:
                if needle in (folder / "environ").read_bytes():
                    after = (folder / "stat").read_text().rpartition(")")[2].split()
                    if after[0] != "Z":
                        found[int(name)] = (int(after[1]), (folder / "cmdline").read_bytes())
            except (OSError, IndexError):
                continue  # it ended meanwhile
    servers = {
        pid
        for pid, (parent, line) in found.items()
        if b"idsbench.forkserver" in line and not _serves(found, parent)
    }
    return {pid: _role(found, servers, pid) for pid in found}


def _serves(found: Mapping[int, tuple[int, bytes]], pid: int) -> bool:
    return pid in found and b"idsbench.forkserver" in found[pid][1]


def _role(found: Mapping[int, tuple[int, bytes]], servers: set[int], pid: int) -> str:
    parent, line = found[pid]
    if str(DRIVER).encode() in line:
        return "runner"
    if pid in servers:
        return "fork server"
    if parent in servers:
        return "footprint" if b"idsbench.footprint" in line else "job"
    return "other"


def seconds_until(done: Callable[[], bool], most_s: float) -> float:
    """Wait for a condition; give the seconds it took, infinite when it did not come."""
    started = time.monotonic()
    while not done():
        if time.monotonic() - started > most_s:
            return float("inf")
        time.sleep(0.02)
    return time.monotonic() - started


def gone_after_s(token: str, most_s: float = 10.0) -> float:
    """Give the seconds until no process of a run is left; what stays longer is ended."""
    seconds = seconds_until(lambda: not members(token), most_s)
    for pid in members(token):
        kill(pid, signal.SIGKILL)
    return seconds


def is_locked(folder: Path) -> bool:
    """Tell whether a run holds a results folder."""
    path = folder / store.LOCK
    if not path.exists():
        return False
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def flaws(folder: Path) -> Iterator[tuple[str, str]]:
    """Give cells whose record is not whole, with what is wrong: unreadable, edited, other evidence."""
    for name in store.record_names(folder) if folder.is_dir() else []:
        cell = name[:16]
        try:
            record = store.read_record(folder / name)
        except StoreError as error:
            yield cell, str(error).replace(str(folder), "results")
            continue
        if record.get("seal") != store.seal(record):
            yield cell, "the seal does not fit"
        yield from ((cell, problem) for problem in problems_of(record))
        evidence = folder / f"{cell}.evidence.npz"
        if record["status"] == "ok" and file_digest(evidence) != record["evidence_sha256"]:
            yield cell, "the evidence is not the record's"


def statuses(folder: Path) -> dict[str, str]:
    """Give the status of every readable record by cell."""
    if not folder.is_dir():
        return {}
    return {cell: record["status"] for cell, record in store.read_finished(folder).items()}
