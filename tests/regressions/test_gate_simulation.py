"""Where the truth is known, the gate cries wolf in at most 2 % of cases and sees what a t-test sees."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "benchmarks" / "simulation" / "gate_simulation.py"
PAGE = REPOSITORY / "docs" / "regressions.md"


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gate_simulation", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["gate_simulation"] = module  # a dataclass looks its module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.2, 0.4])
@pytest.mark.parametrize("sides", [(1, 1), (10, 1), (5, 5), (10, 10)])
def test_without_a_change_at_most_two_of_a_hundred_gates_alarm(simulation, spread, sides):
    assert simulation.alarms(spread, sides, 1.0, 1000).gate <= 0.02


@pytest.mark.parametrize("factor", [1.2, 1.5, 2.0])
@pytest.mark.parametrize("spread", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("seeds", [5, 10])
def test_the_gate_sees_a_change_as_often_as_a_t_test(simulation, factor, spread, seeds):
    found = simulation.alarms(spread, (seeds, seeds), factor, 4000)
    assert found.fpr >= found.t_test - 0.002


@pytest.mark.parametrize("rows_per_cluster", [1, 14])
def test_twenty_decisions_that_flip_one_way_are_caught(simulation, rows_per_cluster):
    assert simulation.flipped(20, 0, rows_per_cluster, 300) >= 0.99


def test_decisions_that_flip_both_ways_are_no_alarm(simulation):
    assert simulation.flipped(0, 20, 1, 300) <= 0.02


@pytest.mark.slow
def test_the_page_has_the_tables_that_the_command_prints(simulation):
    shown = PAGE.read_text("utf-8")
    numbers = [re.sub(r"\s+", " ", line) for line in simulation.tables(1000).splitlines() if line]
    page = {re.sub(r"\s+", " ", line) for line in shown.splitlines()}
    assert [line for line in numbers if line not in page] == []
