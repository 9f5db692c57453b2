"""docs/budgets.md lists the boards there are, and its commands and its board can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from idsbench.boards import find_board, shipped_boards
from idsbench.cli import _parser
from idsbench.judgement import judgement

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "budgets.md").read_text(encoding="utf-8")


def test_the_table_has_every_board_with_its_memories():
    rows = re.findall(r"^\| `(\S+)` \| (.+) \| (.+) \| (yes|no) \|$", PAGE, re.MULTILINE)
    expected = [
        (
            board.name,
            f"{board.flash_bytes:,}" if board.flash_bytes else "of your choice",
            f"{board.ram_bytes:,}",
            "yes" if board.system else "no",
        )
        for board in shipped_boards().values()
    ]
    assert rows == expected


def test_its_commands_ask_for_what_can_be_judged():
    commands = re.findall(r"^idsbench (.*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        parsed = _parser().parse_args(shlex.split(command))
        judgement(parsed.budget, parsed.pareto, parsed.board)


def test_its_board_of_ones_own_is_one(tmp_path):
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "mine.toml"
    file.write_text(text)
    assert find_board(str(file)).title == "My board"
