"""A target that cannot be asked while planning is skipped with the reason, and the others are planned."""

from __future__ import annotations

import sys

import pytest

from idsbench.catalog import Catalog, Plugin
from idsbench.hosting import hosting
from idsbench.plan import Request, make_plan
from idsbench.selection import default_spec
from idsbench.values import Component, Parameter

HERE = __name__
MEND = "mend or uninstall its plugin"


class Odd:
    """Does one wrong thing when it is asked."""

    def __init__(self, does: str) -> None:
        self.does = does
        if does == "exit":
            sys.exit("bye")

    def absence(self):
        if self.does == "absence-raises":
            raise RuntimeError("no\n  absence")
        return None if self.does == "absence-none" else ""

    def refusal(self, model, formats):
        if self.does == "refusal-raises":
            raise ZeroDivisionError
        return 7 if self.does == "refusal-number" else ""


WAYS = {
    "none": "",
    "exit": "the target 'odd' cannot be built (SystemExit: bye): reinstall its plugin",
    "absence-raises": "the target 'odd' fails when asked whether it is here "
    f"(RuntimeError: no absence): {MEND}",
    "absence-none": f"the target 'odd' gives NoneType for its absence, not str: {MEND}",
    "refusal-raises": f"the target 'odd' fails when asked what it hosts (ZeroDivisionError): {MEND}",
    "refusal-number": f"the target 'odd' gives int for its refusal, not str: {MEND}",
}
DOES = Parameter("does", str, "none", choices=tuple(WAYS))
ODD = Component("target", "odd", "", f"{HERE}:Odd", (DOES,))
GONE = Component("target", "gone", "", "idsbench.no_such_module:X")
NAMELESS = Component("target", "nameless", "", f"{HERE}:Nameless")
UNFIT = Component("target", "unfit", "", "builtins:len")


@pytest.mark.parametrize(("does", "reason"), WAYS.items())
def test_a_target_that_cannot_be_asked_is_not_here_and_the_sentence_says_why(does, reason):
    assert hosting(default_spec(ODD, {"does": does}), "m", ()) == (reason, "")


@pytest.mark.parametrize(
    ("component", "words"),
    [
        (GONE, "(ModuleNotFoundError: No module named 'idsbench.no_such_module')"),
        (NAMELESS, f"(AttributeError: module '{HERE}' has no attribute 'Nameless')"),
        (UNFIT, "(TypeError: len() takes exactly one argument (0 given))"),
    ],
    ids=lambda value: value.name if isinstance(value, Component) else "",
)
def test_a_target_that_cannot_be_made_says_why(component, words):
    reason = f"the target '{component.name}' cannot be built {words}: reinstall its plugin"
    assert hosting(default_spec(component), "m", ()) == (reason, "")


def test_the_other_targets_of_a_plan_are_planned(faults):
    catalog = Catalog((*faults.plugins, Plugin("p", "1", "e", HERE, (ODD, GONE))))
    targets = "odd[does=absence-raises],cpu,gone,odd[does=refusal-raises]"
    plan = make_plan(catalog, Request("toy", models="faulty", targets=targets, baselines=False))
    found = {cell.target.text: cell.skip for cell in plan.cells}
    assert found["cpu"] == ""
    assert found["odd[does=absence-raises]"] == WAYS["absence-raises"]
    assert found["odd[does=refusal-raises]"] == WAYS["refusal-raises"]
    assert found["gone"].startswith("the target 'gone' cannot be built (ModuleNotFoundError: ")
    assert len({cell.fingerprint for cell in plan.cells}) == 3, "two of them are of one component"
