"""The blocks of a suite -> one plan; every mistake of every block is found before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from idsbench.catalog import Catalog
from idsbench.cells import Cell
from idsbench.errors import RequestError
from idsbench.plan import Plan, Request, make_plan
from idsbench.suite import Chosen


@dataclass(frozen=True)
class Place:
    """Where a suite runs: its name for messages, the data folder, and what holds for all blocks.

    `baselines` says whether they run too, `trials` how many each model is tuned with.
    """

    suite: str
    data_dir: Path | None = None
    baselines: bool = True
    trials: int = 0


def plan_suite(catalog: Catalog, blocks: Sequence[Chosen], place: Place) -> Plan:
    """Give the cells of all blocks, each once, in the order of the blocks.

    Raises:
        RequestError: naming every mistake with its block.
    """
    cells: dict[str, Cell] = {}
    problems: list[str] = []
    for block in blocks:
        request = Request(**block.axes)  # type: ignore[arg-type]  # axes are its fields of text
        request = replace(
            request, baselines=place.baselines, data_dir=place.data_dir, trials=place.trials
        )
        try:
            cells |= {cell.id: cell for cell in make_plan(catalog, request).cells}
        except RequestError as error:
            where = f"{place.suite}, cells '{block.name}'"
            problems += [f"{where}: {problem}" for problem in error.problems]
    if problems:
        raise RequestError(problems)
    return Plan(tuple(cells.values()))
