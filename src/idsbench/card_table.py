"""Read the keys of one TOML table: each with its type, and a complaint for every other key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from idsbench.errors import nearest

TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


class CardTable:
    """One table of a card. What is wrong with it is added to `problems`; the readers go on.

    Args:
        place: how messages call it, e.g. "[labels.binary]"; empty for the card itself.
        content: its keys and values.
        problems: where sentences go.
    """

    def __init__(self, place: str, content: Mapping[str, Any], problems: list[str]) -> None:
        self.place, self.content, self.problems = place, content, problems
        self.asked: set[str] = set()

    def complain(self, problem: str) -> None:
        """Add a sentence that begins with the table's place."""
        self.problems.append(f"{self.place}: {problem}" if self.place else problem)

    def text(self, key: str, default: str | None = "") -> str:
        """Give a text; without a default the key is required."""
        value = self._value(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self._wrong(key, "a text", value)
        elif default is None:
            self.complain(f"the key '{key}' is missing")
        return default or ""

    def choice(self, key: str, allowed: Collection[str], default: str) -> str:
        """Give one of the texts allowed."""
        value = self.text(key, default)
        if value not in allowed:
            self.complain(f"{key} = '{value}': {nearest(value, allowed)}")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts, also from one text in which commas separate them."""
        value = self._value(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._wrong(key, "a list of texts", value)
            return ()
        doubled = sorted({item for item in value if value.count(item) > 1})
        if doubled:
            self.complain(f"{key} names {', '.join(doubled[:5])} more than once")
        return tuple(value)

    def whole(self, key: str) -> int | None:
        """Give a whole number of at least 0."""
        value = self._value(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._wrong(key, "a whole number of at least 0", value)
        return None

    def number(self, key: str) -> float | None:
        """Give a finite number."""
        value = self._value(key)
        if value is None:
            return None
        if not _is_number(value):
            self._wrong(key, "a finite number", value)
            return None
        return float(value)

    def truth(self, key: str) -> bool:
        """Give true or false; false without the key."""
        value = self._value(key)
        if not isinstance(value, bool | None):
            self._wrong(key, "true or false", value)
        return value is True

    def table(self, key: str) -> CardTable | None:
        """Give a table within this one."""
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, "a table", value)
            return None
        return CardTable(self._inner(key), value, self.problems)

    def tables(self, key: str) -> Iterator[CardTable]:
        """Give the tables of a list, each called by its number."""
        value = self._value(key)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(key, "a list of tables", value)
            return
        for number, item in enumerate(value, start=1):
            yield CardTable(f"{self._inner(key)[:-1]} {number}]", item, self.problems)

    def mapping(self, key: str) -> dict[str, str]:
        """Give a table of texts."""
        value = self._value(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self._wrong(key, "a table of texts", value)
            return {}
        return dict(value)

    def numbers(self, key: str) -> dict[str, float]:
        """Give a table of finite numbers."""
        value = self._value(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(_is_number(v) for v in value.values()):
            self._wrong(key, "a table of finite numbers", value)
            return {}
        return {name: float(number) for name, number in value.items()}

    def raw(self, key: str) -> Any:
        """Give a value of any type."""
        return self._value(key)

    def finish(self) -> None:
        """Complain of the keys that no reader asked for."""
        for key in self.content:
            if key not in self.asked:
                self.complain(f"unknown key '{key}': {nearest(key, self.asked)}")

    def _value(self, key: str) -> Any:
        self.asked.add(key)
        return self.content.get(key)

    def _inner(self, key: str) -> str:
        outer = self.place.removeprefix("[").removesuffix("]")
        return f"[{outer}.{key}]" if outer else f"[{key}]"

    def _wrong(self, key: str, expected: str, value: object) -> None:
        shown = str(value)[:40]
        self.complain(f"{key} = {shown!r} is not {expected}")


def is_own(table: CardTable, key: str, named: str, package: str) -> bool:
    """Tell whether a card may name this function, and complain otherwise."""
    if not package:
        table.complain(f"{key}: only the card of an installed plugin may name code")
    elif not TARGET.match(named):
        table.complain(f"{key} = '{named}' is not 'module:attribute'")
    elif named.partition(".")[0].partition(":")[0] != package.partition(".")[0]:
        table.complain(f"{key} = '{named}' is not in the card's own package {package}")
    else:
        return True
    return False


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < float("inf")
