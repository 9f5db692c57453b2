"""A metric over runs or commits: one series for each cell, its steps, and what people noted."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from idsbench.baselines import find, names
from idsbench.compare_metrics import BY_KEY, level_of, middle, values_of
from idsbench.compare_pairs import grouped, name
from idsbench.compare_source import commits, opened
from idsbench.compare_values import Metric, Row
from idsbench.errors import RequestError, StoreError, nearest
from idsbench.history_steps import Step, steps
from idsbench.store import write_text
from idsbench.untrusted import NotPlainFileError, content, parse

HISTORY = Path("results/history")
NOTES = ".notes"
LARGEST_NOTE = 1 << 16
_HASH = re.compile(r"[0-9a-f]{7,64}\Z")


@dataclass(frozen=True)
class Run:
    """The records of one run or commit."""

    name: str
    records: tuple[Row, ...]


@dataclass(frozen=True)
class Point:
    """One cell in one run: the metric over its seeds, and the logarithm that is tested."""

    run: str
    value: float
    seeds: int
    level: float


@dataclass(frozen=True)
class Series:
    """One cell over runs, the oldest first; `row` is one of its records."""

    cell: str
    metric: str
    points: tuple[Point, ...]
    steps: tuple[Step, ...]
    row: Row = field(default_factory=dict, repr=False)


def runs_of_folder(folder: Path = HISTORY) -> list[Run]:
    """Read the runs that a folder holds, in the order of their names."""
    return [Run(one, find(one, folder).records) for one in names(folder)]


def runs_of_git(path: Path, last: int) -> list[Run]:
    """Read a results folder at the last commits that changed it.

    Raises:
        StoreError: no commit has it.
    """
    runs = []
    for commit, _ in commits(path, last):
        try:
            with opened(f"{commit}:{path}") as side:
                runs.append(Run(commit[:12], side.records))
        except StoreError:
            continue  # the commit that removed it, or one with a damaged record
    if not runs:
        raise StoreError(f"no commit here has records in {path}: name the folder of committed ones")
    return runs


def series(runs: Iterable[Run], key: str) -> list[Series]:
    """Follow a metric of each cell; cells in the order of their names.

    Raises:
        RequestError: there is no such metric.
    """
    metric = metric_of(key)
    points: dict[Hashable, list[Point]] = defaultdict(list)
    cells: dict[Hashable, Row] = {}
    for run in runs:
        for cell, group in grouped(run.records).items():
            values = values_of(group, metric)
            cells[cell] = group.any
            if values:
                level = level_of(group, metric)
                points[cell].append(Point(run.name, middle(values, metric), len(values), level))
    found = [_followed(cells[cell], metric, of) for cell, of in points.items()]
    return sorted(found, key=lambda one: one.cell)


def metric_of(key: str) -> Metric:
    """Give a metric by its key.

    Raises:
        RequestError: there is none.
    """
    if key not in BY_KEY:
        raise RequestError([f"--metric {key} is unknown; {nearest(key, BY_KEY)}"])
    return BY_KEY[key]


def _followed(row: Row, metric: Metric, points: Sequence[Point]) -> Series:
    import numpy as np

    found = steps(np.array([point.level for point in points]))
    return Series(name(row), metric.key, tuple(points), tuple(found), row)


def annotate(run: str, text: str, folder: Path = HISTORY) -> Path:
    """Keep a note on a run, in a file of its own named by its content.

    Raises:
        StoreError: it cannot be written.
    """
    whole = json.dumps({"run": run, "text": text}, sort_keys=True) + "\n"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:16]
    path = folder / NOTES / f"{digest}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be made ({error.strerror})") from error
    write_text(path, whole)
    return path


def notes_on(runs: Iterable[Run], found: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    """Give the notes on these runs by their names; a commit may be noted by a shorter or longer hash.

    A note on a run that is not among them keeps the name that it was given.
    """
    known = [run.name for run in runs]
    named: dict[str, list[str]] = defaultdict(list)
    for noted, texts in found.items():
        same = [one for one in known if noted == one or _one_commit(noted, one)]
        named[same[0] if len(same) == 1 else noted] += texts
    return named


def _one_commit(noted: str, run: str) -> bool:
    shorter, longer = sorted((noted, run), key=len)
    return bool(_HASH.match(longer) and len(shorter) >= 7 and longer.startswith(shorter))


def notes(folder: Path = HISTORY) -> Mapping[str, list[str]]:
    """Give the notes on each run, in the order of their files.

    Raises:
        StoreError: a note is no plain small JSON file with a run and a text; names it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((folder / NOTES).glob("*.json")):
        try:
            note = parse(content(path, LARGEST_NOTE))
            found[str(note["run"])].append(str(note["text"]))
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            RecursionError,
            NotPlainFileError,
        ) as error:
            raise StoreError(f"{path}: is no note on a run: delete it") from error
    return found
