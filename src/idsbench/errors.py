"""Every error that a user can cause, each with its sentence built in one place.

A message says what is wrong, where, and what to do. The command line prints it without a
traceback; inside a run it becomes the `reason` of a record.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class IdsbenchError(Exception):
    """The root of all errors that are shown as one sentence; `exit_code` is what the CLI ends with."""

    exit_code = 2


class RequestError(IdsbenchError):
    """The request cannot be carried out; nothing ran. Holds every mistake found, not only the first."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class CatalogError(IdsbenchError):
    """Two distributions offer the same component, or a plugin offers something that is not one."""


class DataError(IdsbenchError):
    """A data file cannot be used.

    Args:
        file: the file (or folder) at fault.
        problem: what is wrong with it, without the file's name.
        row: the line in the file, 1 for the header, where one line is at fault.
        column: the column's name, where one column is at fault.
        advice: what the user can do about it.
    """

    def __init__(
        self,
        file: Path | str,
        problem: str,
        *,
        row: int | None = None,
        column: str | None = None,
        advice: str = "",
    ) -> None:
        place = str(file)
        if row is not None:
            place += f", line {row}"
        if column is not None:
            place += f", column {column}"
        self.file, self.row, self.column, self.problem = str(file), row, column, problem
        self.advice = advice
        super().__init__(f"{place}: {problem}" + (f"; {advice}" if advice else ""))

    def further_down(self, lines: int) -> DataError:
        """Give the same error for a line so many further down."""
        row = None if self.row is None else self.row + lines
        return DataError(self.file, self.problem, row=row, column=self.column, advice=self.advice)

    def __reduce__(self) -> tuple[object, ...]:
        """Exceptions with keyword arguments do not survive a process boundary by themselves."""
        return (_rebuild_data_error, (self.file, self.problem, self.row, self.column, self.advice))


def _rebuild_data_error(
    file: str, problem: str, row: int | None, column: str | None, advice: str
) -> DataError:
    return DataError(file, problem, row=row, column=column, advice=advice)


class CellError(IdsbenchError):
    """A cell cannot go on, for a reason that is the component's or the data's, said in one sentence."""

    exit_code = 1


class CellSkipped(IdsbenchError):  # noqa: N818 - not an error: a combination without meaning
    """A combination that is well formed but has no meaning on these data; recorded as `skipped`."""

    exit_code = 0


class StoreError(IdsbenchError):
    """The results folder cannot be read or written."""


class RunStopped(IdsbenchError):  # noqa: N818 - an end in good order, like an interrupt
    """The run cannot go on and stopped in good order; the same command goes on from there."""

    exit_code = 130


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """Name what exists, closest first, as the end of an error sentence.

    >>> nearest("random-forrest", ["dummy", "random-forest"])
    'did you mean random-forest?'
    >>> nearest("zzz", ["b", "a"])
    'there are: a, b'
    >>> nearest("x", [])
    'there are none'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=count, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there are: {', '.join(names)}" if names else "there are none"
