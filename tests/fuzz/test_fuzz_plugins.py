"""Fuzzing of what plugins offer and call themselves: odd names, odd types, odd errors."""

from __future__ import annotations

import dataclasses
import os
from types import SimpleNamespace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from idsbench import tables
from idsbench.catalog import Catalog, load_plugin
from idsbench.doctor import findings
from idsbench.hookspecs import hookimpl
from idsbench.selection import default_spec, select
from idsbench.show_command import shown_lines
from idsbench.values import KINDS, Component, ModelTraits, Parameter

EXAMPLES = int(os.environ.get("IDSBENCH_FUZZ_EXAMPLES", "100"))
FUZZ = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.binary(max_size=4),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["ok-name", "m:a", "json:dumps", "\x1b[2J", "\ud800", "<b>", "..", object()]),
)
GOOD_PARAMETER = Parameter("depth", int, 3, "how deep", minimum=1, maximum=9)
PARAMETER_FIELDS = [field.name for field in dataclasses.fields(Parameter)]
PARAMETERS = st.dictionaries(st.sampled_from(PARAMETER_FIELDS), ODD, max_size=3).map(
    lambda changes: dataclasses.replace(GOOD_PARAMETER, **changes)
)
GOOD = Component("model", "good", "a model", "json:dumps", (GOOD_PARAMETER,), traits=ModelTraits())
FIELDS = [field.name for field in dataclasses.fields(Component)]
CHANGES = st.dictionaries(
    st.sampled_from([name for name in FIELDS if name != "kind"]), ODD, max_size=3
)
PATCHES = st.one_of(CHANGES, PARAMETERS.map(lambda one: {"parameters": (one,)}))


def _loaded(promise, offer: object) -> Catalog:
    """Give a catalog of one plugin; loading gives a value, whatever the plugin offers."""
    module = SimpleNamespace(idsbench_models=hookimpl(lambda: offer))
    module.idsbench_models.__name__ = "idsbench_models"
    load = promise("plugin", lambda: load_plugin("odd", "1", "odd", "odd_module", lambda: module))
    assert load is not None
    return Catalog((load,))


def _show(promise, catalog: Catalog, component: Component) -> None:
    """Do what `show` does; the terminal gets no control sequence, however long the text is."""
    lines = promise("show command", lambda: shown_lines(catalog, component))
    text = "".join(lines or ())
    assert not [one for one in text if ord(one) < 32 or 127 <= ord(one) < 160]
    assert "\ud800" not in text


def _use(promise, catalog: Catalog) -> None:
    """Do with a catalog what `plugins`, `doctor`, `list` and a selection do."""
    for plugin in catalog.plugins:
        row = {"plugin": plugin.distribution, "error": plugin.error}
        text = promise("plugins command", lambda row=row: tables.render([row], "table"))
        assert "\x1b" not in (text or "")
    promise("doctor", lambda: tables.render(list(findings(catalog)), "table"))
    for kind in KINDS:
        for component in catalog.components(kind):
            row = {"name": component.name, "summary": component.summary}
            promise("list command", lambda row=row: tables.render([row], "table"))
            _show(promise, catalog, component)
            if component.parameters != (GOOD_PARAMETER,):
                continue  # loading looks at a parameter's type, not at its name or its default
            promise("selection", lambda c=component: select(catalog, c.kind, c.name))
            spec = default_spec(component)
            promise("selection", lambda s=spec: (s.text, s.identity))


@FUZZ
@given(changes=PATCHES)
@example(changes={"name": 3})
@example(changes={"build": None})
@example(changes={"parameters": 3})
@example(changes={"parameters": (3,)})
@example(changes={"parameters": (GOOD_PARAMETER, GOOD_PARAMETER)})
@example(changes={"preload": 3})
@example(changes={"preload": ("",)})
@example(changes={"preload": ("..",)})
@example(changes={"libraries": (None,)})
@example(changes={"summary": None})
@example(changes={"summary": "\x1b]0;title\x07" + "x" * 1_000_000})
@example(changes={"summary": "\x9b2J\ud800\r\n\u202e"})
@example(changes={"build": "\x1b[2J:a"})
@example(changes={"parameters": (dataclasses.replace(GOOD_PARAMETER, default="\x1b[2J"),)})
@example(changes={"parameters": (dataclasses.replace(GOOD_PARAMETER, help="\x1b[2J"),)})
@example(changes={"parameters": (dataclasses.replace(GOOD_PARAMETER, choices=("\x1b[2J",)),)})
@example(changes={"parameters": (dataclasses.replace(GOOD_PARAMETER, minimum="low"),)})
@example(changes={"traits": ModelTraits(tasks=("\x1b[2J",))})
@example(changes={"traits": "table"})
def test_an_odd_component_is_usable_or_kept_out_with_an_error(promise, changes):
    catalog = _loaded(promise, [dataclasses.replace(GOOD, **changes)])
    _use(promise, catalog)


@FUZZ
@given(offer=ODD)
@example(offer=[None])
@example(offer=[GOOD, GOOD])
def test_an_offer_of_something_else_is_kept_out_with_an_error(promise, offer):
    _use(promise, _loaded(promise, offer))


@FUZZ
@given(names=st.lists(st.text(max_size=8), min_size=4, max_size=4))
@example(names=["\x1b]0;title\x07", "\ud800", "", "\0"])
def test_an_odd_distribution_is_listed(promise, names):
    plugin = promise("plugin", lambda: load_plugin(*names, lambda: 1 / 0))
    assert plugin.error == "ZeroDivisionError: division by zero"
    _use(promise, Catalog((plugin,)))


def test_an_error_with_terminal_codes_is_kept_as_text_and_shown_without_them(promise):
    def load() -> object:
        raise SystemExit("\x1b[2Jgone\n")

    plugin = load_plugin("odd", "1", "odd", "odd_module", load)
    assert plugin.error.startswith("SystemExit: ")
    _use(promise, Catalog((plugin,)))
