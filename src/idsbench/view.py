"""What a person sees while a run goes on: a live view on a terminal, plain lines elsewhere.

Everything goes to standard error; standard output is for the result.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import Group

QUIET_S = 30.0
MOST_LINES = 8  # of what runs


class View(Protocol):
    """What the runner tells."""

    def planned(self, cells: int, finished: int) -> None:
        """Tell how many cells there are, and how many of them stand from earlier runs."""
        ...

    def note(self, text: str) -> None:
        """Tell what a person may want to know."""
        ...

    def tick(self, running: Sequence[str]) -> None:
        """Tell what runs now, about ten times a second."""
        ...

    def finished(self, record: Mapping[str, Any]) -> None:
        """Tell of a new record."""
        ...

    def close(self) -> None:
        """Leave the terminal in order."""
        ...


class SilentView:
    """Says nothing; for tests and for use as a library."""

    def planned(self, cells: int, finished: int) -> None:
        """Ignore."""

    def note(self, text: str) -> None:
        """Ignore."""

    def tick(self, running: Sequence[str]) -> None:
        """Ignore."""

    def finished(self, record: Mapping[str, Any]) -> None:
        """Ignore."""

    def close(self) -> None:
        """Ignore."""


class PlainView:
    """One line for each record, and for what goes on where none came for half a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._done, self._total, self._started = 0, 0, clock()
        self._said = self._started

    def planned(self, cells: int, finished: int) -> None:
        """Print the plan's size."""
        self._total = cells - finished
        print(_plan_line(cells, finished), file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Print it."""
        print(printable(f"idsbench: {text}"), file=sys.stderr, flush=True)

    def tick(self, running: Sequence[str]) -> None:
        """Print what goes on, if it is long since the last line."""
        now = self._clock()
        if running and now - self._said >= QUIET_S:
            self._said = now
            for what in running:
                print(printable(f"... {what}"), file=sys.stderr, flush=True)

    def finished(self, record: Mapping[str, Any]) -> None:
        """Print the record in a line."""
        self._done += 1
        self._said = self._clock()
        place = f"[{self._done}/{self._total}]"
        print(f"{place} {record_line(record)}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Print how long it took."""
        if self._done:
            seconds = self._clock() - self._started
            counted = f"{self._done} cell" if self._done == 1 else f"{self._done} cells"
            print(f"{counted} in {seconds:.0f} s", file=sys.stderr, flush=True)


class LiveView:
    """A progress bar with counts by status and the time left; below it what runs now, in lines."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._counts: dict[str, int] = {}
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.completed}/{task.total} cells"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("cells", total=None, counts="")
        self._running: Sequence[str] = ()
        self._live = Live(get_renderable=self._shown, console=self._console, transient=True)

    def planned(self, cells: int, finished: int) -> None:
        """Show the bar."""
        self._console.print(_plan_line(cells, finished), highlight=False, markup=False)
        self._progress.update(self._task, total=cells - finished)
        if cells > finished:
            self._live.start()

    def note(self, text: str) -> None:
        """Print it above the bar."""
        self._console.print(printable(f"idsbench: {text}"), highlight=False, markup=False)

    def tick(self, running: Sequence[str]) -> None:
        """Show what runs."""
        self._running = running or ("waiting for workers",)

    def _shown(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        lines = [f"  {printable(what)}" for what in self._running[:MOST_LINES]]
        if len(self._running) > MOST_LINES:
            lines.append(f"  and {len(self._running) - MOST_LINES} more")
        texts = (Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in lines)
        return Group(self._progress, *texts)

    def finished(self, record: Mapping[str, Any]) -> None:
        """Advance the bar; print a line for whatever is not ok."""
        status = str(record["status"])
        self._counts[status] = self._counts.get(status, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, counts=counts)
        if status != "ok":
            self._console.print(record_line(record), highlight=False, markup=False)

    def close(self) -> None:
        """Take the bar away."""
        self._live.stop()


def make_view(stream_is_terminal: bool) -> View:
    """Give the live view for a terminal, plain lines for everything else."""
    return LiveView() if stream_is_terminal else PlainView()


def record_line(record: Mapping[str, Any]) -> str:
    """Describe a record in one line."""
    name = " ".join(
        str(record[key]) for key in ("dataset", "protocol", "sampler", "model", "target")
    )
    line = f"{record['status']:<8} {name} seed {record['seed']}"
    if record["status"] != "ok":
        return printable(f"{line}: {record['reason']}")
    return printable(f"{line}  FPR {_score(record['fpr'])}  accuracy {_score(record['accuracy'])}")


def _score(value: float | None) -> str:
    """Show a score; one that is undefined, such as the FPR without benign rows, is a dash."""
    return "-" if value is None else f"{value:.4f}"


def printable(text: str) -> str:
    """Replace control characters: a name or an error must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _plan_line(cells: int, finished: int) -> str:
    counted = f"{cells} cell" if cells == 1 else f"{cells} cells"
    if finished == cells:
        return f"{counted}, all finished by earlier runs"
    earlier = f", {finished} finished by earlier runs" if finished else ""
    return f"{counted}{earlier}"
