"""Boards: does a model fit into their memories? Nothing is said of their speed.

A latency of a board that was not there would be invented; the memories are known without it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from idsbench.budgets import Row, measured_value
from idsbench.errors import RequestError, nearest
from idsbench.tables import plain

MB = 1e6
_KEYS: Mapping[str, type] = {
    "title": str,
    "flash_bytes": int,
    "ram_bytes": int,
    "system": bool,
    "source": str,
}


@dataclass(frozen=True)
class Board:
    """A board.

    Args:
        name: as `--board` takes it.
        title: for people.
        ram_bytes: main memory.
        source: where its maker says so.
        flash_bytes: memory for programs; None where storage is the user's choice.
        system: whether an operating system with Python runs on it.
    """

    name: str
    title: str
    ram_bytes: int
    source: str
    flash_bytes: int | None = None
    system: bool = False


def shipped_boards() -> dict[str, Board]:
    """Give the boards that come with idsbench, by name."""
    text = (resources.files("idsbench") / "boards.toml").read_text(encoding="utf-8")
    return {name: _board(name, table) for name, table in tomllib.loads(text).items()}


def find_board(which: str) -> Board:
    """Give a board by name, or the one that a TOML file describes.

    Raises:
        RequestError: there is no such board, or the file does not describe one.
    """
    if which.endswith(".toml"):
        return _read(Path(which))
    boards = shipped_boards()
    if which not in boards:
        raise RequestError([f"--board {which}: no such board; {nearest(which, boards)}"])
    return boards[which]


def fits(row: Row, board: Board) -> tuple[bool | None, str]:
    """Tell whether a record's model fits, and why not or what is not known.

    The artifact must fit into the flash, beside a program that runs it. A process's memory is held
    against the RAM only where there is an operating system. A microcontroller without one runs
    compiled code alone, which has `code_bytes`; which of its constants stay in flash is not known.
    A cell that was not measured says its own reason.
    """
    size, memory = measured_value(row, "size_bytes"), measured_value(row, "peak_rss_mb")
    if size is None:
        return None, str(row.get("reason") or "size not measured")
    if board.flash_bytes is not None and size > board.flash_bytes:
        return False, "flash"
    if not board.system:
        if measured_value(row, "code_bytes") is None:
            return False, "needs an operating system"
        return None, "flash yes, RAM not measured"
    if memory is None:
        return None, "memory not measured"
    return (True, "") if memory * MB <= board.ram_bytes else (False, "RAM")


def _read(file: Path) -> Board:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(
            [f"--board {file}: cannot be read ({error.strerror}): name a file or a board"]
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RequestError([f"--board {file}: no TOML ({error})"]) from error
    if len(tables) != 1:
        raise RequestError(
            [f"--board {file}: holds {len(tables)} tables: describe one board, as [its-name]"]
        )
    ((name, table),) = tables.items()
    try:
        return _board(name, table)
    except ValueError as error:
        raise RequestError([f"--board {file}: {error}"]) from error


def _board(name: str, table: Any) -> Board:
    """Make a board of its table.

    Raises:
        ValueError: the board has no name, a key is unknown, missing, empty or of another type, or a
            memory is not above 0.
    """
    if not plain(name).strip():
        raise ValueError("the table has no name: give the board one, as [its-name]")
    if not isinstance(table, dict):
        raise ValueError(f"'{name}' is no table: describe one board, as [its-name]")
    for key, value in table.items():
        if key not in _KEYS:
            raise ValueError(f"unknown key '{key}'; {nearest(key, _KEYS)}")
        if type(value) is not _KEYS[key] or _says_nothing(value):
            wanted = {int: "a whole number above 0", bool: "true or false", str: "a text"}
            raise ValueError(f"'{key}' is {value!r:.40}: expected {wanted[_KEYS[key]]}")
    missing = [key for key in ("title", "ram_bytes", "source") if key not in table]
    if missing:
        raise ValueError(f"lacks {' and '.join(missing)}")
    return Board(name, **table)


def _says_nothing(value: object) -> bool:
    """Whether a text is empty, or holds nothing that can be seen, or a memory is none."""
    if isinstance(value, str):
        return not plain(value).strip()
    return type(value) is int and value <= 0
