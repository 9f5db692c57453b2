"""A parser of the command line that says what is wrong in one sentence, without the whole usage."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

EXPECTED = {"int": "a whole number", "float": "a number"}
_NO_VALUE = re.compile(r"argument (\S+): invalid (int|float) value: '(.*)'\Z")
_NEGATIVE = re.compile(r"-\d")


class Parser(argparse.ArgumentParser):
    """As argparse's, and so are its subcommands' parsers; a mistake ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Print one sentence and leave."""
        print(f"idsbench: {sentence(message)}; see `{self.prog} --help`", file=sys.stderr)
        sys.exit(2)


def sentence(message: str) -> str:
    """Say in this house's words what argparse found.

    >>> sentence("argument --tune: invalid int value: 'abc'")
    '--tune abc: expected a whole number'
    >>> sentence("argument --last: expected one argument")
    '--last: expected one argument'
    """
    found = _NO_VALUE.match(message)
    if found:
        return f"{found[1]} {found[3]}: expected {EXPECTED[found[2]]}"
    return message.removeprefix("argument ")


def joined(arguments: Sequence[str]) -> list[str]:
    """Join an option and a value such as -5%, which argparse would take for another option.

    >>> joined(["gate", "--max-fpr-increase", "-5%", "--strict"])
    ['gate', '--max-fpr-increase=-5%', '--strict']
    """
    kept: list[str] = []
    for one in arguments:
        if kept and _NEGATIVE.match(one) and kept[-1].startswith("--") and "=" not in kept[-1]:
            kept[-1] += f"={one}"
        else:
            kept.append(one)
    return kept
