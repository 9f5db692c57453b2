"""The blocks of a suite become one plan, each cell once; mistakes name their block."""

from __future__ import annotations

import pytest

from idsbench.catalog import load_catalog
from idsbench.errors import RequestError
from idsbench.suite import Chosen, choose, shipped
from idsbench.suite_plan import Place, plan_suite

FIRST = {"datasets": "toy", "models": "faulty", "protocols": "clean"}


def test_a_cell_of_two_blocks_is_planned_once(faults):
    blocks = [Chosen("a", FIRST), Chosen("b", {**FIRST, "protocols": "clean,grouped"})]
    plan = plan_suite(faults, blocks, Place("mine", baselines=False))
    assert [cell.protocol.text for cell in plan.cells] == ["clean", "grouped"]


def test_baselines_are_planned_where_the_suite_has_them(faults):
    plan = plan_suite(faults, [Chosen("a", FIRST)], Place("mine"))
    assert {cell.model.name for cell in plan.cells} == {"faulty", "dummy", "one-rule"}


def test_every_cell_of_a_suite_is_tuned_with_the_same_trials(faults):
    first = {**FIRST, "models": "logistic", "protocols": "clean,grouped"}
    plan = plan_suite(faults, [Chosen("a", first)], Place("mine", baselines=False, trials=7))
    assert [cell.model_text for cell in plan.cells] == ["logistic[tune=7]"] * 2


def test_every_mistake_of_every_block_is_told_with_its_block(faults):
    blocks = [
        Chosen("a", {**FIRST, "models": "faullty"}),
        Chosen("b", {**FIRST, "protocols": "cleen", "seeds": "x"}),
    ]
    with pytest.raises(RequestError) as caught:
        plan_suite(faults, blocks, Place("mine"))
    assert caught.value.problems == (
        "mine, cells 'a': unknown model 'faullty': did you mean faulty?",
        "mine, cells 'b': unknown protocol 'cleen': did you mean clean?",
        "mine, cells 'b': seeds 'x': expected whole numbers or ranges such as 0,1,5-9",
    )


@pytest.mark.parametrize("suite", shipped(), ids=lambda suite: suite.name)
def test_every_preset_of_a_shipped_suite_can_be_planned(suite):
    catalog = load_catalog()
    for preset in suite.presets:
        plan = plan_suite(catalog, choose(suite, preset, {"seeds": "0"}), Place(suite.name))
        assert {cell.protocol.name for cell in plan.cells} == set(suite.ladder)
        assert not any(cell.skip or cell.missing for cell in plan.cells)
