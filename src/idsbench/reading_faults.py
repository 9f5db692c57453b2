"""Find the first line of a comma-separated file that is wrong, and say what is wrong with it.

Slow, row by row: only for files that the fast reader has refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from idsbench.errors import DataError
from idsbench.reading_source import SEPARATORS, CsvSource, not_utf8

SHOWN = 40  # characters of a bad cell that a message repeats
_NUMBER = re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity|nan)", re.I)
_HEX = re.compile(r"0x[0-9a-f]{1,16}", re.I)
_DECIMAL_COMMA = re.compile(r" *[+-]?\d+,\d+")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_CELLS = {s: rf'(?:[^"{s}]*|"(?:[^"]|"")*")' for s in SEPARATORS}
_RECORDS = {s: re.compile(rf"{cell}(?:{re.escape(s)}{cell})*") for s, cell in _CELLS.items()}


@dataclass
class _Lines:
    """Decoded lines of a file, remembering those of the record being read."""

    source: CsvSource
    record: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        with self.source.open() as stream:
            for row, line in enumerate(stream, start=1):
                if b"\0" in line:
                    raise DataError(
                        self.source.path, "has a NUL byte", row=row, advice="fetch the file again"
                    )
                try:
                    text = line.decode("utf-8-sig" if row == 1 else "utf-8")
                except UnicodeDecodeError:
                    raise not_utf8(self.source.path, row) from None
                self.record.append(text)
                # A lone carriage return is text to the fast reader and a line end to `csv`.
                yield text.rstrip("\r\n").replace("\r", " ") + "\n"


def find_fault(
    source: CsvSource, columns: Mapping[str, str], missing: Collection[str]
) -> DataError:
    """Give the error for the first bad line; one without a line where no single line is bad."""
    lines = _Lines(source)
    checks = Checks(source, columns, frozenset(missing), SEPARATORS[source.separator])
    start, blank = 1, 0
    try:
        reader = csv.reader(lines, delimiter=source.separator, strict=True)
        for cells in reader:
            if fault := checks.text(lines.record, start):
                return fault
            if not cells:
                blank = blank or start
            elif blank:
                return DataError(source.path, "is blank", row=blank, advice="remove the line")
            elif start >= source.first and (fault := checks.cells(cells, start)):
                return fault
            lines.record.clear()
            start = reader.line_num + 1
    except DataError as fault:
        return fault
    except csv.Error:
        return checks.quotes(start)
    return DataError(
        source.path, "is not a well-formed comma-separated table", advice="re-save it as CSV"
    )


class Checks:
    """What is asked of each record."""

    def __init__(
        self,
        source: CsvSource,
        columns: Mapping[str, str],
        missing: frozenset[str],
        separator: str = "comma",
    ) -> None:
        self.path, self.header, self.missing = source.path, source.header, missing
        self.named, self.separator = source.first > 1, separator
        self.record = _RECORDS[source.separator]
        self.standard = "the header" if self.named else "the layout"
        self.numeric = [
            (at, name, columns[name])
            for at, name in enumerate(source.header)
            if columns.get(name) in ("number", "hex")
        ]

    def text(self, lines: list[str], row: int) -> DataError | None:
        """Check how one record is written: its quotes and its line end."""
        record = "".join(lines)
        if '"' in record and not self.record.fullmatch(record.rstrip("\r\n")):
            return self.quotes(row)
        if _LONE_RETURN.search(record):
            return DataError(
                self.path,
                "has a carriage return that does not end the line",
                row=row,
                advice="remove it",
            )
        return None

    def cells(self, cells: list[str], row: int) -> DataError | None:
        """Check the cells of one data record."""
        if self.named and tuple(cells) == self.header:
            return DataError(
                self.path, "the header line is repeated", row=row, advice="remove the line"
            )
        if len(cells) != len(self.header):
            return DataError(
                self.path,
                f"has {_count(len(cells))} where {self.standard} has {_count(len(self.header))}",
                row=row,
                advice=f"the line is cut short or has a stray {self.separator}",
            )
        return self._numbers(cells, row)

    def _numbers(self, cells: list[str], row: int) -> DataError | None:
        for at, name, kind in self.numeric:
            text = cells[at]
            if text in self.missing or text.lstrip(" ") in self.missing or _NUMBER.fullmatch(text):
                continue
            if kind == "hex" and _HEX.fullmatch(text):
                continue
            what = "is neither a number nor 0x and hexadecimal digits"
            problem = what if kind == "hex" else "is not a number"
            if not text:
                problem = "is empty where a number must be"
            return DataError(
                self.path,
                f"the cell {shown(text)} {problem}" if text else f"the cell {problem}",
                row=row,
                column=name,
                advice="write decimals with a point, not a comma"
                if _DECIMAL_COMMA.fullmatch(text)
                else "correct the cell or remove the line",
            )
        return None

    def quotes(self, row: int) -> DataError:
        """Build the error for a record whose quotes do not enclose whole cells."""
        return DataError(
            self.path,
            "a cell has a quote that is not closed, or not doubled inside quotes",
            row=row,
            advice="close it, or write it twice inside quotes",
        )


def _count(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"


def shown(text: str) -> str:
    """Quote a cell for a message: printable characters, 40 of them at most.

    >>> shown("19 00")
    "'19 00'"
    >>> shown("x" * 41) == "'" + "x" * 40 + "…'"
    True
    """
    printable = "".join(c if c.isprintable() else "?" for c in text[: SHOWN + 1])
    return f"'{printable[:SHOWN]}…'" if len(text) > SHOWN else f"'{printable}'"
