"""Situations around a run: a second run, Ctrl-C, a full disk, a folder that cannot be written."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos import differences
from driver import LEAST_DISK
from runs import (
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
    seconds_until,
    start,
    statuses,
)
from terminal import Left, interrupted

CELLS = ("--models", "faulty", "--seeds", "0-3")
STUBBORN = ("--models", "faulty[fault=stubborn]")
NO_GUARD = {LEAST_DISK: "0"}
END_S = 5.0  # what an interrupt may take
AT_ONCE_S = 2.0  # what a refusal, or a second interrupt, may take
STARTING_S = 20.0


@dataclass(frozen=True)
class Outcome:
    """What a situation came to: in words with its figure; `finding` is empty when all was well."""

    situation: str
    came_to: str
    finding: str = ""
    skipped: bool = False


class NotPossibleHere(Exception):  # noqa: N818 - no error: this machine cannot show it
    """The machine does not let the situation be made."""


@dataclass(frozen=True)
class _Bench:
    """Folders for one situation, and the results of a run that nothing disturbed."""

    base: Path
    calm: Place

    def place(self, name: str) -> Place:
        return Place(self.base / name)


def look(base: Path) -> Iterator[Outcome]:
    """Make every situation in an empty folder, and say what it came to."""
    calm = undisturbed(base / "calm")
    for number, name in enumerate(SITUATIONS):
        yield look_at(name, base / str(number), calm)


def undisturbed(base: Path) -> Place:
    """Run the cells of all situations, with which those that went on are compared."""
    calm = Place(base)
    run_through(calm, *CELLS)
    return calm


def look_at(name: str, base: Path, calm: Place) -> Outcome:
    """Make one situation in an empty folder."""
    try:
        came_to, problems = SITUATIONS[name](_Bench(base, calm))
    except NotPossibleHere as reason:
        return Outcome(name, f"not tried: {reason}", skipped=True)
    return Outcome(name, came_to, "; ".join(f"{name}: {what}" for what in problems))


Found = tuple[str, list[str]]


def _two_runs_one_folder(bench: _Bench) -> Found:
    place = bench.place("one")
    first = start(place, *CELLS)
    seconds_until(lambda: is_locked(place.results), STARTING_S)
    second = start(place, *CELLS)
    code = finish(second)
    told = f"is in use by another run (process {first.process.pid})" in said(second)
    problems = [] if code == 2 and told else [f"the second run ended with {code}"]
    if finish(first) != 0:
        problems.append("the first run was harmed")
    problems += differences(bench.calm.results, place.results)
    return "the second is told so and ends with 2, the first is unharmed", problems


def _two_runs_one_cache(bench: _Bench) -> Found:
    first = bench.place("one")
    second = bench.place("two")
    second.base.mkdir(parents=True)
    first.cache.mkdir(parents=True)
    second.cache.symlink_to(first.cache)
    both = [start(place, *CELLS) for place in (first, second)]
    problems = [f"a run ended with {code}" for code in map(finish, both) if code]
    for place in (first, second):
        problems += differences(bench.calm.results, place.results)
    return "both finish, with the same scores and evidence", problems


def _ctrl_c(bench: _Bench) -> Found:
    place = bench.place("one")
    left = interrupted(place, STUBBORN, (0.5,))
    problems = _unsettled(left, END_S)
    if set(statuses(place.results).values()):
        problems.append("the interrupted cell has a record")
    if run_through(place, *CELLS) != 0:
        problems.append("the next run failed")
    return f"ends after {left.seconds:.1f} s with {left.code}, echo and cursor are on", problems


def _ctrl_c_twice(bench: _Bench) -> Found:
    slowest, problems = 0.0, []
    for number, wait in enumerate((0.005, 0.05, 0.2)):
        left = interrupted(bench.place(str(number)), STUBBORN, (0.3, wait))
        problems += _unsettled(left, wait + AT_ONCE_S)
        slowest = max(slowest, left.seconds - wait)
    return f"ends {slowest:.1f} s after the second at most, with 130", problems


def _unsettled(left: Left, most_s: float) -> list[str]:
    """Name what an interrupt left in disorder."""
    checks = {
        # A shell shows both as 130: Python ends by the signal itself where it was already leaving.
        f"ended with {left.code}": left.code not in (130, -signal.SIGINT),
        f"took {left.seconds:.1f} s": left.seconds > most_s,
        "the terminal does not echo": not left.echo,
        "the cursor is hidden": not left.cursor,
        "a traceback was printed": b"Traceback" in left.text,
        "a process was left": gone_after_s(left.token) > AT_ONCE_S,
    }
    return [what for what, wrong in checks.items() if wrong]


def _stopped_server(bench: _Bench) -> Found:
    """A server that is stopped cannot end its jobs, nor what these started."""
    place = bench.place("one")
    note = bench.base / "child"
    run = start(place, "--models", f"faulty[fault=forks,note={note}]")
    seconds_until(note.exists, STARTING_S)
    _to_role(run, "fork server", signal.SIGSTOP)
    started = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    code, seconds = finish(run), time.monotonic() - started
    left = gone_after_s(run.token)
    problems = [] if code == 130 and seconds <= END_S else [f"{code} after {seconds:.1f} s"]
    if left > AT_ONCE_S:
        problems.append("processes were left")
    return f"ends after {seconds:.1f} s with {code}, no process is left", problems


def _to_role(run: Started, role: str, number: int) -> None:
    for pid, name in members(run.token).items():
        if name == role:
            kill(pid, number)


def _disk_nearly_full(bench: _Bench) -> Found:
    place = bench.place("one")
    with _small_disk(place.results, "50m"):
        run = start(place, *CELLS)
        code, text = finish(run), said(run)
        told = "MB are left on the disk of" in text and "the same command again" in text
        problems = [] if code == 130 and told else [f"ended with {code}: {text[-200:]}"]
        problems += [what for _, what in flaws(place.results)]
    return "stops before it is full, says so, ends with 130", problems


def _results_disk_full(bench: _Bench) -> Found:
    place = bench.place("one")
    with _small_disk(place.results, "48k") as grow:
        run = start(place, *CELLS, extra=NO_GUARD)
        code, text = finish(run), said(run)
        told = "no space left on the disk of the results folder" in text and "Traceback" not in text
        problems = [] if code == 130 and told else [f"ended with {code}: {text[-200:]}"]
        problems += [what for _, what in flaws(place.results)]
        before = len(statuses(place.results))
        grow("8m")
        if run_through(place, *CELLS, extra=NO_GUARD) != 0:
            problems.append("the run did not go on when there was room")
        problems += differences(bench.calm.results, place.results)
    stay = f"what was finished stays (records: {before}), none is half-written"
    return f"says so; {stay}; goes on when there is room", problems


def _cache_disk_full(bench: _Bench) -> Found:
    place = bench.place("one")
    with _small_disk(place.cache, "160k") as grow:
        run = start(place, *CELLS, extra=NO_GUARD)
        code, text = finish(run), said(run)
        problems = [] if code == 130 else [f"ended with {code}"]
        if "o space left" not in text or "Traceback" in text:
            problems.append(f"does not say so: {text[-300:]}")
        problems += [what for _, what in flaws(place.results)]
        grow("64m")
        if run_through(place, *CELLS, extra=NO_GUARD) != 0:
            problems.append("the run did not go on when there was room")
        problems += differences(bench.calm.results, place.results)
    return "says so, nothing of it is kept as a result; goes on when there is room", problems


def _read_only(bench: _Bench) -> Found:
    place = bench.place("one")
    with _small_disk(place.results, "1m", "ro"):
        return _refusal(place, "cannot be written (Read-only file system)")


def _file_in_its_place(bench: _Bench) -> Found:
    place = bench.place("one")
    place.base.mkdir(parents=True)
    place.results.write_text("not a folder", encoding="utf-8")
    return _refusal(place, "cannot be written (File exists)")


def _refusal(place: Place, sentence: str) -> Found:
    run = start(place, *CELLS)
    code, text = finish(run), said(run)
    wrong = code != 2 or sentence not in text or "Traceback" in text
    problems = [f"ended with {code}: {text[-200:]}"] if wrong else []
    return "is told before anything runs, ends with 2", problems


@contextmanager
def _small_disk(folder: Path, size: str, mode: str = "rw") -> Iterator[Callable[[str], None]]:
    """Mount a disk of its own in memory; the value makes it larger."""
    folder.mkdir(parents=True)
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NotPossibleHere("mounting a small disk needs root on Linux")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},{mode}", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        raise NotPossibleHere("a small disk cannot be mounted")

    def grow(more: str) -> None:
        options = f"remount,size={more}"
        subprocess.run(["mount", "-o", options, str(folder)], check=True)

    try:
        yield grow
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", str(folder)], check=True)


SITUATIONS: dict[str, Callable[[_Bench], Found]] = {
    "two runs on one results folder": _two_runs_one_folder,
    "two runs that share a cache": _two_runs_one_cache,
    "Ctrl-C, with a job that ignores signals": _ctrl_c,
    "Ctrl-C twice": _ctrl_c_twice,
    "Ctrl-C while the fork server is stopped": _stopped_server,
    "a disk that is nearly full": _disk_nearly_full,
    "a results disk that is full to the last byte": _results_disk_full,
    "a cache disk that is full to the last byte": _cache_disk_full,
    "a results folder on a read-only disk": _read_only,
    "a file where the results folder should be": _file_in_its_place,
}
