"""What a leaderboard says of each line besides its rank: budgets, the Pareto front, a board.

Nothing is dropped: a line that misses a budget is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idsbench.boards import Board, find_board, fits
from idsbench.budgets import Budget, Verdict, judge, measured_value, parse_budgets
from idsbench.errors import RequestError
from idsbench.leaderboard_columns import Column, quantity
from idsbench.pareto import front
from idsbench.ranking import Line
from idsbench.rowkeys import HIGHER_IS_BETTER

FRONT = (
    "no other line has, on the same machine, an FPR, recall, size and median latency that are all "
    "at least as good and one of them better; lines with constant scores are left out."
)


@dataclass(frozen=True)
class Judgement:
    """What is asked of every line.

    Args:
        budgets: limits; without any there is no such column.
        pareto: whether to tell the front.
        board: whose memories the models are held against.
        cost: whether to show the whole cost of each line, also where all ran natively.
    """

    budgets: tuple[Budget, ...] = ()
    pareto: bool = False
    board: Board | None = None
    cost: bool = False

    def columns(self, lines: Sequence[Line]) -> list[Column]:
        """Give the columns to add for the lines of one group."""
        found = []
        if self.budgets:
            meaning = f"{', '.join(map(_limit, self.budgets))}; 'over' names what is missed."
            found.append(Column("budget", self._budget, meaning))
        if self.pareto:
            on_it = {id(line) for line, is_on in zip(lines, front(lines), strict=True) if is_on}
            found.append(Column("front", lambda line: "yes" if id(line) in on_it else "", FRONT))
        if self.board:
            found.append(_board_column(self.board))
        return found

    def marks(self, lines: Sequence[Line]) -> dict[int, dict[str, Any]]:
        """Give the keys to add to each row object of these lines, by the row's identity in memory."""
        fronts: Sequence[bool | None] = front(lines) if self.pareto else [None] * len(lines)
        return {
            id(row): self._marks(row, is_on)
            for line, is_on in zip(lines, fronts, strict=True)
            for row in line.rows
        }

    def _marks(self, row: Mapping[str, Any], is_on: bool | None) -> dict[str, Any]:
        marks: dict[str, Any] = {}
        if self.budgets:
            held = row.get("status") == "ok"  # what an invalid record says keeps no budget
            verdict = judge(self.budgets, lambda key: measured_value(row, key) if held else None)
            marks |= {"within_budget": verdict.within, "over_budget": list(verdict.over)}
        if self.pareto:
            marks["pareto"] = is_on
        if self.board:
            fit, why = fits(row, self.board)
            marks |= {"board": self.board.name, "fits_board": fit, "fits_board_reason": why}
        return marks

    def _budget(self, line: Line) -> str:
        return _words(judge(self.budgets, _mean_of(line)))


def judgement(
    budget: str | None, pareto: bool = False, board: str | None = None, cost: bool = False
) -> Judgement:
    """Read what the command line asks; a budget brings the front with it.

    Raises:
        RequestError: every mistake, at once.
    """
    problems: list[str] = []
    budgets: tuple[Budget, ...] = ()
    found = None
    try:
        budgets = () if budget is None else parse_budgets(budget)
    except RequestError as error:
        problems += error.problems
    try:
        found = None if board is None else find_board(board)
    except RequestError as error:
        problems += error.problems
    if problems:
        raise RequestError(problems)
    return Judgement(budgets, pareto or bool(budgets), found, cost)


def _limit(budget: Budget) -> str:
    sign = ">=" if HIGHER_IS_BETTER[budget.key] else "<="
    return f"{budget.key} {sign} {budget.limit:.15g}"


def _mean_of(line: Line) -> Callable[[str], float | None]:
    """Give a line's means; None where a seed's value was not measured."""

    def value(key: str) -> float | None:
        if any(measured_value(row, key) is None for row in line.rows):
            return None
        return line.mean(key)

    return value


def _words(verdict: Verdict) -> str:
    parts = [f"over: {', '.join(verdict.over)}" if verdict.over else ""]
    parts.append(f"not measured: {', '.join(verdict.unknown)}" if verdict.unknown else "")
    return "; ".join(filter(None, parts)) or "ok"


def _board_column(board: Board) -> Column:
    """Say whether every record of a line fits."""

    def cell(line: Line) -> str:
        answers = [fits(row, board) for row in line.rows]
        worst = min(answers, key=lambda one: {False: 0, None: 1, True: 2}[one[0]])
        fit, why = worst
        return "yes" if fit else f"no: {why}" if fit is False else f"? {why}"

    flash = f"{quantity(board.flash_bytes)} flash, " if board.flash_bytes else ""
    meaning = (
        f"whether the artifact and its process fit into {board.title}, "
        f"{flash}{quantity(board.ram_bytes)} RAM ({board.source}); nothing about its speed."
    )
    return Column(f"fits {board.name}", cell, meaning)
