"""docs/energy.md says what the code does: its commands, methods and numbers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from idsbench import energy, energy_rows, meter_outside, meter_rapl, meter_span
from idsbench.cli import _parser
from idsbench.meters import NAMES, problem_of
from idsbench.record_schema import schema
from idsbench.rowkeys import EXTRA_KEYS, MEASURED_ENERGY, ROW_KEYS
from idsbench.timing import EFFORTS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "energy.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())
COMMANDS = re.findall(r"^idsbench (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_on_the_page_is_one(command):
    parsed = _parser().parse_args(shlex.split(command))
    assert problem_of(parsed.meter) == ""


def test_the_page_has_every_method_and_says_which_are_ranked():
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([a-z]*) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == schema()["properties"]["energy_method"]["enum"]
    assert tuple(name for name, ranked in rows if ranked == "yes") == MEASURED_ENERGY


def test_every_name_that_meter_takes_is_explained():
    assert all(f"`{name}`" in PAGE for name in NAMES)


def test_the_keys_on_the_page_are_keys():
    known = {*ROW_KEYS, *EXTRA_KEYS}
    named = set(re.findall(r"`((?:train_)?energy_[a-z_]+)`", PAGE))
    assert named
    assert named <= known


def test_the_numbers_on_the_page_are_those_of_the_code():
    quick, thorough = (EFFORTS[name].energy.longest_s for name in ("quick", "thorough"))
    assert f"up to {quick * 1000:g} ms with `--measure quick` and {thorough:g} s" in TEXT
    quick, thorough = (EFFORTS[name].energy.most_s for name in ("quick", "thorough"))
    assert f"have {quick:g} s with `quick` and {thorough:g} s with `thorough`" in TEXT
    assert f"the {4 * meter_span.FEWEST} readings of three windows" in TEXT
    assert f"up to {int(10 * thorough / 4 / meter_span.FEWEST) / 10} s" in TEXT
    assert f"of a `meter` {meter_outside.Outside.shortest_s * 1000:g} ms" in TEXT
    assert f"of `rapl` {meter_rapl.Rapl.shortest_s * 1000:g} ms" in TEXT
    assert f"a reading takes more than {energy.SLOW_READ_S * 1000:g} ms" in TEXT
    assert f"must hold {energy_rows.ENOUGH} times what the meter can tell" in TEXT
    assert f"it has {meter_outside.ANSWER_S:g} seconds to answer" in TEXT
    assert f"every {meter_rapl.POLL_S:g} seconds" in TEXT
